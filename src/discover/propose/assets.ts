/** Devices as assets: who they are on the wire, and what only a person can say of them. */
import type { Asset } from '#schema/site.ts'
import type { Device, Observed, Sign } from '../model.ts'
import type { Seat } from './proposal.ts'

/** Virtual router addresses: RFC 5798, 7.3. */
const vrrp = /^00:00:5e:00:0[12]:/
const isGroupMac = (mac: string) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1

/** Ethernet addresses that several devices send from: routers, which carry the packets of others. */
export const sharedMacs = (devices: readonly Device[]): ReadonlySet<string> => {
  const owners = new Map<string, number>()
  for (const { macs } of devices) for (const mac of macs) owners.set(mac, (owners.get(mac) ?? 0) + 1)
  return new Set([...owners].filter(([, count]) => count > 1).map(([mac]) => mac))
}

/**
 * The Ethernet addresses that a device is bound to. Where an address was claimed from more than one, only the one that most of its
 * packets came from: the other may be who claims to be it.
 */
export const bindingsOf = (observed: Observed, signs: readonly Sign[]): ((device: Device) => readonly string[]) => {
  const disputed = new Set(
    signs
      .filter(({ kind }) => kind === 'address-conflict')
      .flatMap(({ vlan, targets }) => targets.map((ip) => `${vlan} ${ip}`)),
  )
  const packets = new Map<string, number>()
  for (const { vlan, mac, ip, packets: sent } of observed.bindings) packets.set(`${vlan} ${ip} ${mac}`, sent)
  return ({ vlan, ips, macs }) => {
    const own = macs.filter((mac) => !isGroupMac(mac))
    if (own.length < 2 || !ips.some((ip) => disputed.has(`${vlan} ${ip}`))) return own
    const weight = (mac: string) => ips.reduce((sum, ip) => sum + (packets.get(`${vlan} ${ip} ${mac}`) ?? 0), 0)
    return own.toSorted((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1)).slice(0, 1)
  }
}

export const assetOf = (
  { device, zone }: Seat,
  macsOf: (device: Device) => readonly string[],
  shared: ReadonlySet<string>,
): Asset => {
  const { ips, kind, vendor, told, behind } = device
  const macs = behind === undefined ? macsOf(device) : []
  const virtual = macs.some((mac) => vrrp.test(mac))
  const own = macs.filter((mac) => !shared.has(mac))
  return {
    ips: [...ips],
    ...(own.length === 0 || virtual ? {} : { macs: own }),
    zone,
    kind: told?.kind ?? kind.value,
    ...(told?.owner === undefined ? {} : { owner: told.owner.slice(0, 500) }),
    ...(vendor === undefined || vendor.value.trim() === '' ? {} : { vendor: vendor.value.slice(0, 500) }),
    ...(virtual ? { virtual: 'vrrp' as const } : {}),
  }
}
