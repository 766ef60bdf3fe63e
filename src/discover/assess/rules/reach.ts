/** What can reach what: one network for office and process, and conversations that skip a level. */
import type { Device } from '../../model.ts'
import { isOutside } from '../public.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, isInPlant, networkKinds, type View } from '../view.ts'
import { capital, inPolicy, listed, listedDevices, named, plural, serviceOf } from '../wording.ts'

/** On the wire itself, not behind a router. */
const isLocal = ({ behind, macs, silent, kind }: Device): boolean =>
  behind === undefined && macs.length > 0 && !silent && !networkKinds.has(kind.value)

/** Levels 0 to 2 and levels from 3 on in one Ethernet network: no packet between them passes anything that could refuse it. */
export const flatNetworks = ({ inventory, talks }: View): readonly Draft[] =>
  [...grouped(inventory.devices.filter(isLocal), ({ vlan }) => vlan)].flatMap(([vlan, devices]) => {
    const plant = devices.filter(isInPlant)
    const above = devices.filter(({ level }) => level.value >= 3)
    if (plant.length === 0 || above.length === 0) return []
    const across = talks.filter(
      ({ client, server }) =>
        client.vlan === vlan && isLocal(client) && isLocal(server) && isInPlant(client) !== isInPlant(server),
    )
    const where = vlan === 0 ? 'One network' : `VLAN ${vlan}`
    return [
      {
        id: 'flat-network',
        devices: [...plant, ...above],
        title: `${where} joins ${plural(plant.length, 'device')} of levels 0 to 2 and ${plural(above.length, 'device')} of levels from 3 on, with nothing between them`,
        consequence: `What infects ${named(above[0]!)} reaches every controller in this network with its first packet; nothing there would stop it, or see it.`,
        next: `Put an edge between them: zones for levels 0 to 2 behind port \`cell\`, the others behind port \`plant\`, with \`mode: shadow\` until nothing that the plant needs is counted as denied, then \`enforce\`.`,
        techniques: ['T0846', 'T0886', 'T0867'],
        evidence: across.map(({ conversation }) => conversation.evidence),
        factors: [
          { what: 'levels 0 to 2 in one network with higher ones', points: 50 },
          { what: `${plural(plant.length, 'device')} of the plant reachable`, points: Math.min(10, plant.length) },
          { what: `${plural(across.length, 'conversation')} between the two seen`, points: across.length > 0 ? 10 : 0 },
        ],
      } satisfies Draft,
    ]
  })

/** From level 3 or above to level 2 or below with a level in between that has no part in it. */
export const skippedLevels = ({ talks }: View): readonly Draft[] => {
  const skipping = talks.filter(({ client, server }) => {
    const [low, high] = [client.level.value, server.level.value].toSorted((a, b) => a - b)
    return (
      low !== undefined &&
      high !== undefined &&
      high >= 3 &&
      low < 3 &&
      high - low >= 2 &&
      !isOutside(client) &&
      !isOutside(server)
    )
  })
  const highOf = ({ client, server }: (typeof skipping)[number]): Device =>
    client.level.value > server.level.value ? client : server
  return [...grouped(skipping, highOf)].map(([high, own]): Draft => {
    const low = distinct(own.map(({ client, server }) => (client === high ? server : client)))
    const services = distinct(own.map(({ conversation }) => serviceOf(conversation)))
    const deepest = Math.min(...low.map(({ level }) => level.value))
    const opens = own.some(({ client }) => client === high)
    return {
      id: 'skips-level',
      devices: [high, ...low],
      title: `${named(high)} on level ${high.level.value} talks to ${listedDevices(low)} on level ${deepest} directly`,
      consequence: `Who takes over ${high.id} has a connection to the process that passes no supervision and no demilitarised zone.`,
      next: opens
        ? `End the connection in a zone of level 3.5 (a historian or a proxy there), and permit only that: \`{ from: <proxy>, to: ${inPolicy(low)}, service: ${services[0] ?? ''} }\`. Until then permit this one pair alone, with \`allow: [read]\`, an \`expires\` and an exception that names its owner.`
        : `Let ${inPolicy(low)} report to a server of level 2 or 3.5, which passes it on; until then permit this one pair alone, with an \`expires\`.`,
      techniques: ['T0886', 'T0884'],
      evidence: own.map(({ conversation }) => conversation.evidence),
      factors: [
        { what: `${capital(listed(services))} from level ${high.level.value} to level ${deepest}`, points: 42 },
        { what: 'opened from above', points: opens ? 5 : 0 },
        { what: `${plural(low.length, 'device')} below`, points: Math.min(10, low.length * 2) },
      ],
    }
  })
}
