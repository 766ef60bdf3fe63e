/** Services that give access: logins in clear text, remote access into the plant, and what a controller need not offer. */
import type { Device, Fact } from '../../model.ts'
import { aKind } from '../kinds.ts'
import { serviceAt } from '../ports.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, isField, isInPlant, type Talk, type View } from '../view.ts'
import { inPolicy, listed, listedDevices, named, plural } from '../wording.ts'

const serviceName = ({ conversation }: Talk): string => serviceAt(conversation)?.name ?? 'a service'

/** Ways to log in, as identity facts name them. */
const methods: Readonly<Record<string, string>> = {
  'http-basic': 'HTTP basic authentication',
  'http-form': 'an HTTP form',
  telnet: 'Telnet',
  ftp: 'FTP',
  snmp: 'SNMP community',
  smb: 'SMB without encryption',
  mqtt: 'MQTT',
  vnc: 'VNC',
}

const loginFacts = (device: Device): readonly Fact[] => device.facts.filter(({ name }) => name === 'clear-text-login')

/** Passwords on the wire: seen in a login, or certain because the service knows no other way. */
export const clearTextLogins = ({ byServer, inventory }: View): readonly Draft[] =>
  inventory.devices.flatMap((server) => {
    const facts = loginFacts(server)
    const own = (byServer.get(server) ?? []).filter(({ conversation }) => serviceAt(conversation)?.clearText === true)
    if (facts.length === 0 && own.length === 0) return []
    const names = distinct([...facts.map(({ value }) => methods[value] ?? value), ...own.map(serviceName)])
    const clients = distinct(own.map(({ client }) => client))
    return [
      {
        id: 'clear-text-login',
        devices: [server, ...clients],
        title: `${named(server)} ${facts.length > 0 ? 'takes passwords' : 'is used'} in clear text (${listed(names)})`,
        consequence: `Who listens anywhere on the way has the password, and is then an operator of ${server.id} whom no log tells from the real one.`,
        next: `Change to a protected service (SSH, HTTPS, SNMPv3, SFTP) and change the password, which counts as known; until then a conduit for ${clients.length === 0 ? 'its one client' : inPolicy(clients)} alone, with an \`expires\` and an exception.`,
        techniques: ['T0842', 'T0859'],
        evidence: [...facts.map(({ evidence }) => evidence), ...own.map(({ conversation }) => conversation.evidence)],
        factors: [
          {
            what: facts.length > 0 ? 'passwords in clear text were seen' : 'a service without encryption',
            points: facts.length > 0 ? 55 : 42,
          },
          { what: 'it belongs to levels 0 to 2', points: isInPlant(server) ? 5 : 0 },
        ],
      } satisfies Draft,
    ]
  })

/** A person at a distance works on a machine of the plant. */
export const remoteAccess = ({ talks }: View): readonly Draft[] => {
  const remote = talks.filter(({ conversation, client, server }) => {
    const service = serviceAt(conversation)
    // In clear text within the plant: that is the finding about it.
    return service?.remote === true && isInPlant(server) && (service.clearText !== true || client.level.value >= 3)
  })
  return [...grouped(remote, ({ server }) => server)].map(([server, own]): Draft => {
    const clients = distinct(own.map(({ client }) => client))
    const above = clients.filter(({ level }) => level.value >= 3)
    const names = distinct(own.map(serviceName))
    return {
      id: 'remote-access',
      devices: [server, ...clients],
      title: `${named(server)} on level ${server.level.value} is worked on remotely (${listed(names)}) from ${listedDevices(clients)}`,
      consequence: `A stolen session or password on ${clients[0]?.id ?? 'the other machine'} gives the same hands on ${server.id} as standing before it, from a place where nobody sees it.`,
      next: `Let remote access end at a gateway in level 3.5 with a login of its own, recorded; permit it for a time and a person with \`bulkhead edge permit\`, and deny the rest under \`denies:\`: \`{ id: no-remote-access, from: any, to: ${server.id}, service: ${own[0]?.conversation.transport ?? 'tcp'}/${own[0]?.conversation.port ?? 3389} }\`.`,
      techniques: ['T0886', 'T0822', 'T0859'],
      evidence: own.map(({ conversation }) => conversation.evidence),
      factors: [
        { what: `${listed(names)} into level ${server.level.value}`, points: 38 },
        { what: 'from level 3 or above', points: above.length > 0 ? 22 : 0 },
        { what: `${plural(clients.length, 'machine')} may do so`, points: Math.min(6, clients.length * 2 - 2) },
      ],
    }
  })
}

/** Controllers that offer what only their commissioning needed. */
export const unneededServices = ({ talks }: View): readonly Draft[] => {
  const offered = talks.filter(({ conversation, server }) => {
    const service = serviceAt(conversation)
    return isField(server) && service?.unneeded !== undefined && service.clearText !== true
  })
  return [...grouped(offered, ({ server }) => server)].flatMap(([server, own]) => {
    const services = distinct(own.map(({ conversation }) => serviceAt(conversation)).filter((one) => one !== undefined))
    const points = Math.max(...services.map(({ unneeded }) => unneeded ?? 0))
    if (points === 0) return []
    const clients = distinct(own.map(({ client }) => client))
    return [
      {
        id: 'unneeded-service',
        devices: [server],
        title: `${named(server)}, ${aKind(server.kind.value)}, offers ${listed(distinct(services.map(({ name }) => name)))}, used by ${listedDevices(clients)}`,
        consequence: `Each service is another way to its files, its settings or a crash; ${aKind(server.kind.value)} that restarts takes its part of the line with it.`,
        next: `Switch off in the device what production does not use; permit the rest to ${inPolicy(clients)} alone. In a zone with \`mode: enforce\` everything not listed is denied anyway.`,
        techniques: ['T0866', 'T0888'],
        evidence: own.map(({ conversation }) => conversation.evidence),
        factors: [
          { what: 'a service that control does not need', points: 22 },
          { what: `what ${listed(distinct(services.map(({ name }) => name)))} gives away`, points },
        ],
      } satisfies Draft,
    ]
  })
}
