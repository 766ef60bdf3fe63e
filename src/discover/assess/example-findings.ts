/** Plants for tests of an assessment, and the findings about them. */
import type { Binding, Command, Conversation, Device, Kind, Observed, Sign } from '../model.ts'
import { commandOf, conversationOf, observedOf } from '../plant.ts'
import { assess } from './assess.ts'
import { concluded, deviceOf, inventoryFrom, plantDevices } from './example.ts'
import type { Assessed } from './risk.ts'

const { hmi, plcA, plcB, ews } = plantDevices
export const plant: readonly Device[] = [hmi, plcA, plcB, ews]

export interface Plant {
  readonly devices?: readonly Device[]
  readonly conversations?: readonly Conversation[]
  readonly bindings?: readonly Binding[]
  readonly signs?: readonly Sign[]
}

const observedWith = ({ conversations, bindings }: Plant): Observed => {
  const observed = observedOf(conversations === undefined ? {} : { conversations })
  return bindings === undefined ? observed : { ...observed, bindings }
}
export const found = (more: Plant): readonly Assessed[] =>
  assess(observedWith(more), inventoryFrom(more.devices ?? plant), more.signs ?? [], [])
export const ids = (more: Plant): readonly string[] => found(more).map(({ id }) => id)

export const server = deviceOf({
  id: 'historian-1',
  ips: ['198.18.3.20'],
  macs: ['00:1b:1b:aa:03:20'],
  kind: concluded<Kind>('historian'),
  level: concluded(3),
  vendor: concluded('Dell'),
})
export const office = deviceOf({
  id: 'pc-17',
  ips: ['198.18.4.17'],
  macs: ['00:1b:1b:aa:04:17'],
  behind: '00:1b:1b:aa:00:01',
  kind: concluded<Kind>('workstation'),
  level: concluded(4),
  vendor: concluded('Dell'),
})
export const cloud = deviceOf({
  id: 'host-203.0.113.9',
  ips: ['203.0.113.9'],
  macs: [],
  behind: '00:1b:1b:aa:00:01',
  kind: concluded<Kind>('other', 0.2),
  level: concluded(5),
})
export const routed = (device: Device): Device => ({ ...device, macs: [], behind: '00:1b:1b:aa:00:01' })

const at = (device: Device): string => device.ips[0]!
export const between = (client: Device, target: Device, more: Partial<Conversation> = {}): Conversation =>
  conversationOf({ client: at(client), server: at(target), commands: [], ...more })
const service = (port: number, transport: 'tcp' | 'udp' = 'tcp'): Partial<Conversation> => ({
  port,
  transport,
  proto: transport === 'tcp' ? 6 : 17,
})
export const plain = (client: Device, target: Device, port: number, transport: 'tcp' | 'udp' = 'tcp'): Conversation => {
  const { protocol: _, ...rest } = between(client, target, service(port, transport))
  return rest
}
export const sends = (
  client: Device,
  target: Device,
  command: Partial<Command> & Pick<Command, 'op' | 'risk'>,
): Conversation => between(client, target, { commands: [commandOf(command)] })
