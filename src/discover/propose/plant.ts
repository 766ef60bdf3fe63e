/** An inventory for tests, with levels and kinds as given: what inventory/ would conclude is not the subject here. */
import type { Concluded, Device, Inventory, Kind, Observed } from '../model.ts'

const sure = <T>(value: T): Concluded<T> => ({ value, confidence: 1, because: [] })

export interface Part {
  readonly id: string
  readonly ips: readonly string[]
  readonly macs?: readonly string[]
  readonly kind: Kind
  readonly level: number
  readonly more?: Partial<Device>
}

export const deviceOf = ({ id, ips, macs = [], kind, level, more = {} }: Part): Device => ({
  id,
  vlan: 0,
  ips,
  macs,
  hostnames: [],
  kind: sure(kind),
  level: sure(level),
  criticality: sure('medium'),
  facts: [],
  sent: 100,
  received: 100,
  silent: false,
  first: 0,
  last: 0,
  ...more,
})

export const inventoryFrom = (parts: readonly Part[]): Inventory => {
  const devices = parts.map(deviceOf)
  const byAddress = new Map(
    devices.flatMap((device) =>
      [...device.ips, ...device.macs].map((address) => [`${device.vlan} ${address}`, device]),
    ),
  )
  return { devices, at: (vlan, address) => byAddress.get(`${vlan} ${address}`), questions: [] }
}

/** Controllers in 198.18.1.0/24, everything else above: who has which address follows from what was seen. */
export const inventoryOfObserved = (observed: Observed): Inventory => {
  const macs = Map.groupBy(observed.bindings, ({ ip }) => ip)
  const ips = [...new Set(observed.endpoints.map(({ address }) => address))].filter((address) => /^\d+\./.test(address))
  return inventoryFrom(
    ips.map((ip) => {
      const isController = ip.startsWith('198.18.1.')
      return {
        id: `${isController ? 'plc' : 'hmi'}-${ip.split('.').slice(2).join('-')}`,
        ips: [ip],
        macs: (macs.get(ip) ?? []).map(({ mac }) => mac),
        kind: isController ? 'plc' : 'hmi',
        level: isController ? 1 : 2,
      }
    }),
  )
}
