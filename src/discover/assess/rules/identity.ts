/** Who is who: one address for two devices, and devices that say nothing of themselves. */
import type { Binding, Device } from '../../model.ts'
import { isOutside } from '../public.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, zoneOf, type View } from '../view.ts'
import { inPolicy, listed, listedDevices, named, plural } from '../wording.ts'

/** An Ethernet address with so many IP addresses is a router's. */
const routerAddresses = 4
/** Group addresses of routers that stand in for each other: VRRP (RFC 9568, 7.3), HSRP versions 1 and 2, GLBP. */
const shared = /^(?:00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:07:b4)/

const ownedBy = (bindings: readonly Binding[]): ReadonlyMap<string, readonly Binding[]> => {
  const addresses = grouped(bindings, ({ vlan, mac }) => `${vlan} ${mac}`)
  const own = bindings.filter(
    ({ vlan, mac, ip }) =>
      (addresses.get(`${vlan} ${mac}`)?.length ?? 0) < routerAddresses &&
      !shared.test(mac) &&
      ip !== '0.0.0.0' &&
      ip !== '::',
  )
  return grouped(own, ({ vlan, ip }) => `${vlan} ${ip}`)
}

export const addressConflicts = ({ observed, inventory, signs, firstOf }: View): readonly Draft[] => {
  const told = new Set(
    signs.filter(({ kind }) => kind === 'address-conflict').flatMap(({ source, targets }) => [source, ...targets]),
  )
  return [...ownedBy(observed.bindings).values()].flatMap((bindings) => {
    const [first] = bindings
    const macs = distinct(bindings.map(({ mac }) => mac))
    if (first === undefined || macs.length < 2 || told.has(first.ip) || macs.some((mac) => told.has(mac))) return []
    const devices = distinct(
      [first.ip, ...macs].map((address) => inventory.at(first.vlan, address)).filter((device) => device !== undefined),
    )
    return [
      {
        id: 'address-conflict',
        devices,
        title: `${first.ip} was used by ${plural(macs.length, 'Ethernet address', 'Ethernet addresses')}: ${listed(macs)}`,
        consequence: `Packets for one go to the other: values freeze or jump on the HMI, and who wants to stand in the middle does exactly this.`,
        next: `See which is right. A spare or a redundant pair is said in the policy (\`virtual: redundant-pair\`, or both under \`macs:\`); otherwise bind the asset to its \`macs:\`, and an edge drops the other's frames and raises an alarm.`,
        techniques: ['T0830'],
        evidence: [first.ip, ...macs].flatMap((address) => firstOf(first.vlan, address)),
        factors: [
          { what: 'one IP address, several Ethernet addresses', points: 45 },
          {
            what: plural(macs.length, 'Ethernet address', 'Ethernet addresses'),
            points: Math.min(8, (macs.length - 2) * 4),
          },
        ],
      } satisfies Draft,
    ]
  })
}

const isUnknown = (device: Device): boolean =>
  !device.silent &&
  device.told?.kind === undefined &&
  device.kind.value === 'other' &&
  (device.vendor === undefined || device.kind.confidence < 0.5) &&
  !isOutside(device)

export const unknownDevices = ({ inventory, byClient, firstOf }: View): readonly Draft[] =>
  [...grouped(inventory.devices.filter(isUnknown), (device) => `${device.vlan} ${zoneOf(device)}`).values()].map(
    (devices): Draft => {
      const acting = devices.filter((device) =>
        (byClient.get(device) ?? []).some(({ commands }) => commands.length > 0),
      )
      const [first] = devices
      return {
        id: 'unknown-device',
        devices,
        title:
          devices.length === 1 && first !== undefined
            ? `Nobody knows yet what ${named(first)} is`
            : `Nobody knows yet what ${plural(devices.length, 'device')} are: ${listedDevices(devices)}`,
        consequence: `What nobody knows nobody updates, backs up or misses; a machine that was brought in looks just the same.`,
        next: `Ask the owners (\`bulkhead assets set\` keeps the answer), and leave ${inPolicy(devices)} out of every conduit until then: under \`mode: contain\` a stranger is stopped at its first packet.`,
        techniques: acting.length > 0 ? ['T0848'] : ['T0846'],
        evidence: devices.flatMap(({ vlan, ips, macs }) => firstOf(vlan, ips[0] ?? macs[0] ?? '')),
        factors: [
          {
            what: `${plural(devices.length, 'device')} without vendor or kind`,
            points: 24 + Math.min(10, devices.length),
          },
          { what: `${plural(acting.length, 'device')} of them send commands`, points: acting.length > 0 ? 14 : 0 },
        ],
      }
    },
  )
