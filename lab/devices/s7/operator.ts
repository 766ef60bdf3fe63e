/**
 * An operator's screen that speaks S7: reads and writes variables on one connection.
 *   ip netns exec hmi node lab/devices/s7/operator.ts --host 198.18.1.12 -- 'read DB1,INT0' 'write DB1,INT10 300'
 */
import NodeS7 from 'nodes7'
import { readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey } from '../orders.ts'

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port, rack, slot } = readArguments({ host: undefined, port: 102, rack: 0, slot: 1 }, settings)
  const plc = new NodeS7({ silent: true })
  plc.globalTimeout = 4000
  await new Promise<void>((resolve, reject) => {
    plc.initiateConnection({ host, port, rack, slot, timeout: 5000 }, (error) =>
      error === undefined ? resolve() : reject(new Error('no connection')),
    )
  })
  const read = (names: string[]): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      plc.removeItems()
      plc.addItems(names)
      plc.readAllItems((bad, values) => resolve({ values, bad: bad === true }))
    })
  const write = (name: string, value: number): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      plc.writeItems(name, value, (bad) => resolve({ refused: bad === true }))
    })
  await obey(
    {
      read: (...names) => read(names),
      write: (name = '', value = '0') => write(name, Number(value)),
    },
    orders,
  )
  plc.dropConnection(() => process.exit(0))
})
