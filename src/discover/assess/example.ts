/** Devices, inventories and signs for tests, with everything left to say that a test is not about. */
import type { Kind, Device, Inventory, Sign } from '../model.ts'
import { addresses, evidence, macs, start } from '../plant.ts'

const span = { first: start, last: start + 3_600_000 }

export const concluded = <T>(value: T, confidence = 0.9) => ({ value, confidence, because: ['an example'] })

export const deviceOf = (more: Partial<Device> & Pick<Device, 'id'>): Device => ({
  ...span,
  vlan: 0,
  ips: ['198.18.9.9'],
  macs: ['00:1b:1b:aa:00:99'],
  hostnames: [],
  kind: concluded<Kind>('plc'),
  level: concluded(1),
  criticality: concluded<'low' | 'medium' | 'high'>('medium'),
  facts: [],
  sent: 3600,
  received: 3600,
  silent: false,
  ...more,
})

export const inventoryFrom = (devices: readonly Device[]): Inventory => {
  const byAddress = new Map(
    devices.flatMap((device) =>
      [...device.ips, ...device.macs].map((address) => [`${device.vlan} ${address}`, device]),
    ),
  )
  return { devices, at: (vlan, address) => byAddress.get(`${vlan} ${address}`), questions: [] }
}

/** The machines of `plant.ts`: an HMI and an engineering station on level 2, two controllers on level 1. */
export const plantDevices = {
  hmi: deviceOf({
    id: 'hmi-1',
    ips: [addresses.hmi],
    macs: [macs.hmi],
    kind: concluded<Kind>('hmi'),
    level: concluded(2),
  }),
  plcA: deviceOf({ id: 'plc-a', ips: [addresses.plcA], macs: [macs.plcA], vendor: concluded('Siemens AG') }),
  plcB: deviceOf({ id: 'plc-b', ips: [addresses.plcB], macs: [macs.plcB], vendor: concluded('Siemens AG') }),
  ews: deviceOf({
    id: 'ews-1',
    ips: [addresses.ews],
    macs: [macs.ews],
    kind: concluded<Kind>('engineering'),
    level: concluded(2),
    vendor: concluded('Dell'),
  }),
} as const

export const signOf = (more: Partial<Sign> = {}): Sign => ({
  ...span,
  kind: 'scan',
  techniques: ['T0846'],
  vlan: 0,
  source: '198.18.2.66',
  targets: [addresses.plcA],
  conversations: [],
  commands: [],
  text: '198.18.2.66 tried 200 ports of plc-a within 4 s.',
  confidence: 0.9,
  evidence,
  ...more,
})
