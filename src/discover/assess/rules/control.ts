/** Control protocols that ask nobody who they are, and how many may use them. */
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, type View } from '../view.ts'
import { inPolicy, listed, listedDevices, named, plural } from '../wording.ts'

/** Their specifications, as they are used, let anybody who reaches the port send any command. */
const unauthenticated: ReadonlySet<string> = new Set(['modbus', 's7comm', 'enip', 'dnp3', 'iec104', 'bacnet'])
/** So many clients are more than a controller's own panels and one supervisor. */
const many = 4

export const openControl = ({ talks }: View): readonly Draft[] => {
  const open = talks.filter(({ conversation: { protocol } }) => protocol !== undefined && unauthenticated.has(protocol))
  return [...grouped(open, ({ server }) => server)].flatMap(([server, own]) => {
    const clients = distinct(own.map(({ client }) => client))
    if (clients.length < many) return []
    const names = distinct(own.map(({ conversation: { protocol = '' } }) => protocol))
    const titles = names.map((name) => (isProtocolName(name) ? vocabularies[name].title : name))
    const writers = distinct(
      own
        .filter(({ commands }) =>
          commands.some(({ risk }) => risk !== 'read' && risk !== 'session' && risk !== 'discover'),
        )
        .map(({ client }) => client),
    )
    return [
      {
        id: 'open-control',
        devices: [server, ...clients],
        title: `${plural(clients.length, 'machine')} send commands to ${named(server)} over ${listed(titles)}, which asks for no login`,
        consequence: `Any of ${listedDevices(clients, 2)} can do to ${server.id} what the operators can, and the device cannot tell them apart.`,
        next: `List who needs what: one conduit for those that write (${writers.length === 0 ? 'none was seen' : inPolicy(writers)}), one with \`allow: [read]\` for a group of the others, \`service: ${names[0] ?? ''}\`, \`to: ${server.id}\`.`,
        techniques: ['T0848', 'T1692.001'],
        evidence: own.map(({ conversation }) => conversation.evidence),
        factors: [
          { what: 'commands without a login', points: 30 },
          { what: plural(clients.length, 'client'), points: Math.min(15, clients.length) },
          { what: `${plural(writers.length, 'client')} of them write`, points: Math.min(10, writers.length * 2) },
        ],
      } satisfies Draft,
    ]
  })
}
