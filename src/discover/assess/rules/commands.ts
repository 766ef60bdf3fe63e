/** Who writes, steers and programs, and whether that is who does such things in a plant. */
import type { Risk } from '#core/protocol.ts'
import type { Kind, Command, Device } from '../../model.ts'
import { aKind } from '../kinds.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, isUnlisted, type Talk, type View } from '../view.ts'
import type { Technique } from '../techniques.ts'
import { inPolicy, listed, listedDevices, named, plural, serviceOf } from '../wording.ts'

interface Class {
  readonly risk: Risk
  /** Kinds that send such commands in a plant that is as it should be. */
  readonly usual: ReadonlySet<Kind>
  readonly points: number
  readonly does: string
  readonly consequence: (servers: string) => string
  readonly next: (client: Device, servers: readonly Device[], service: string) => string
  readonly techniques: readonly Technique[]
}

const pair = (client: Device, servers: readonly Device[], service: string): string =>
  `from: ${client.id}, to: ${inPolicy(servers)}, service: ${service}`

/** From worst to least. Controllers write to each other, and gateways on behalf of others: that is usual. */
const classes: readonly Class[] = [
  {
    risk: 'program',
    usual: new Set(['engineering']),
    points: 72,
    does: 'changes programs or configuration of',
    consequence: (servers) =>
      `${servers} may run another program than the one that was accepted: wrong product, a stop, or a machine that moves when it must not.`,
    next: (client, servers, service) =>
      `If it is an engineering station, say so (\`kind: engineering\`); otherwise stop it there. Propose it for a time window alone: \`{ ${pair(client, servers, service)}, allow: [read, program], when: <window>, expires: <date> }\`, or for one job \`bulkhead edge permit\`.`,
    techniques: ['T0843', 'T0889'],
  },
  {
    risk: 'control',
    usual: new Set(['engineering', 'hmi', 'scada', 'gateway', 'rtu']),
    points: 62,
    does: 'starts, stops or resets',
    consequence: (servers) =>
      `${servers} can be stopped or restarted from a machine that nobody watches for that: the line stands without a fault that the operators would find.`,
    next: (client, servers, service) =>
      `Permit what it reads alone: \`{ ${pair(client, servers, service)}, allow: [read] }\`, and let operators or engineering steer.`,
    techniques: ['T0858', 'T0816', 'T1692.001'],
  },
  {
    risk: 'write',
    usual: new Set(['engineering', 'hmi', 'scada', 'gateway', 'rtu', 'plc', 'sis', 'robot', 'drive']),
    points: 52,
    does: 'writes to',
    consequence: (servers) =>
      `Set-points and outputs of ${servers} can be changed from a machine that is no operator station: the process leaves its limits and the HMI shows why too late.`,
    next: (client, servers, service) =>
      `Ask why it writes. If it need not: \`{ ${pair(client, servers, service)}, allow: [read] }\`; if it must, list the op with its registers and \`values:\` as they were seen.`,
    techniques: ['T1692.001', 'T0836'],
  },
]

const unlisted: Class = {
  risk: 'program',
  usual: new Set(['engineering']),
  points: 36,
  does: 'sends commands that its protocol does not list to',
  consequence: (servers) =>
    `Nobody can say from here what they do to ${servers}; vendors use such commands for programming too, and a policy has to take them for that.`,
  next: (client, servers, service) =>
    `Ask the vendor or the integrator what they are. If it is how ${client.id} reads, permit them by name: \`{ ${pair(client, servers, service)}, allow: [read, <op>] }\`, with the numbers that were seen.`,
  techniques: ['T1692.001'],
}

interface Sent {
  readonly talk: Talk
  readonly commands: readonly Command[]
}

const opsText = (sent: readonly Sent[]): string => {
  const counts = new Map<string, number>()
  for (const { commands } of sent) for (const { op, count } of commands) counts.set(op, (counts.get(op) ?? 0) + count)
  return listed([...counts].map(([op, count]) => `${op} ${count} ×`))
}

const draftOf = (one: Class, client: Device, sent: readonly Sent[]): Draft => {
  const servers = distinct(sent.map(({ talk }) => talk.server))
  const [first] = sent
  const refused = sent.reduce(
    (sum, { commands }) => sum + commands.reduce((all, command) => all + command.refused, 0),
    0,
  )
  const unsure = client.kind.confidence < 0.5
  return {
    id: one === unlisted ? 'unlisted-commands' : `unusual-${one.risk}`,
    devices: [client, ...servers],
    title: `${named(client)}, ${unsure ? 'of a kind that is not known' : aKind(client.kind.value)}, ${one.does} ${listedDevices(servers)} (${opsText(sent)})`,
    consequence: one.consequence(listed(servers.map(({ id }) => id))),
    next: one.next(client, servers, first === undefined ? '' : serviceOf(first.talk.conversation)),
    techniques: one.techniques,
    evidence: sent.flatMap(({ commands }) => commands.map(({ evidence }) => evidence)),
    factors: [
      {
        what: `${one.risk} commands from ${aKind(unsure ? 'other' : client.kind.value)}`,
        points: one.points,
      },
      { what: `it stands on level ${client.level.value}`, points: client.level.value >= 3 ? 10 : 0 },
      { what: `${plural(servers.length, 'device')} can be reached so`, points: Math.min(6, (servers.length - 1) * 2) },
      { what: `its kind is only ${Math.round(client.kind.confidence * 100)} % certain`, points: unsure ? -8 : 0 },
      { what: `${plural(refused, 'command')} refused by the device`, points: refused > 0 ? 4 : 0 },
    ],
  }
}

/** One finding for each client and its worst class: who may write may be expected to read. */
export const unusualCommands = ({ talks }: View): readonly Draft[] =>
  [...grouped(talks, ({ client }) => client)].flatMap(([client, own]) => {
    for (const one of [...classes, unlisted]) {
      if (one.usual.has(client.kind.value)) continue
      const sent = own.flatMap((talk): readonly Sent[] => {
        const commands = talk.commands.filter(
          (command) =>
            command.risk === one.risk && command.from === 'client' && isUnlisted(command) === (one === unlisted),
        )
        return commands.length === 0 ? [] : [{ talk, commands }]
      })
      if (sent.length > 0) return [draftOf(one, client, sent)]
    }
    return []
  })
