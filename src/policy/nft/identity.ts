/** Who a source is, and whether it is where it belongs. */
import type { Plan, VlanId } from '../plan.ts'
import { familyNetworks } from './modes.ts'
import type { IpWords } from './names.ts'
import type { Writer } from './writer.ts'

export const identity = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family, address } = ip
  const essential = plan.exact.filter(
    (element) => element.family === family && plan.conduits[element.conduit]?.essential === true,
  )
  writer.set(`essential_ends${family}`, `type mark . ${address}`)
  writer.elements(`essential_ends${family}`, [
    ...new Set(essential.flatMap(({ vlan, src, dst }) => [`${vlan} . ${src}`, `${vlan} . ${dst}`])),
  ])
  const mine = plan.bindings.filter((binding) => binding.ip.includes(':') === (family === 6))
  writer.set(`bound${family}`, `type ifname . mark . ether_addr . ${address}`)
  writer.set(`placed${family}`, `type ifname . mark . ${address}`)
  writer.set(`sited${family}`, `type mark . ${address}`)
  writer.set(`known${family}`, `type mark . ${address}`)
  writer.elements(
    `bound${family}`,
    mine.flatMap(({ device, vlan, mac, ip: text }) =>
      mac === undefined ? [] : [`"${device}" . ${vlan} . ${mac} . ${text}`],
    ),
  )
  writer.elements(
    `placed${family}`,
    mine.flatMap(({ device, vlan, mac, ip: text }) => (mac === undefined ? [`"${device}" . ${vlan} . ${text}`] : [])),
  )
  writer.elements(`sited${family}`, sited(plan, ip))
  const known = plan.known.filter(({ ip: text }) => text.includes(':') === (family === 6))
  writer.elements(`known${family}`, [...new Set(known.map(({ vlan, ip: text }) => `${vlan} . ${text}`))])
  writer.set(`safety${family}`, `type mark . ${address}`)
  writer.elements(`safety${family}`, [
    ...new Set(known.filter(({ kind }) => kind === 'sis').map(({ vlan, ip: text }) => `${vlan} . ${text}`)),
  ])
  writer.set(`misplaced_ok${family}`, `type ifname . mark . ${address}`, 'interval')
  writer.elements(
    `misplaced_ok${family}`,
    plan.placements.flatMap(({ device, vlan, network }) =>
      familyNetworks([network], ip).map((text) => `"${device}" . ${vlan} . ${text}`),
    ),
  )
}

/** Addresses that have a place, per VLAN of the edge: seen anywhere else they are forged. */
const sitedAddresses = (plan: Plan): { vlan: VlanId; ip: string }[] => {
  const seen = new Set<string>()
  return plan.bindings.flatMap(({ vlan, ip }) => {
    const key = `${vlan} ${ip}`
    return seen.has(key) ? [] : (seen.add(key), [{ vlan, ip }])
  })
}
const sited = (plan: Plan, { family }: IpWords) =>
  sitedAddresses(plan)
    .filter(({ ip }) => ip.includes(':') === (family === 6))
    .map(({ vlan, ip }) => `${vlan} . ${ip}`)
