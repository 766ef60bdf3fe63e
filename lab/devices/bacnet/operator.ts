/**
 * A building operator's workstation: reads and writes present values over BACnet/IP, from one port.
 *   ip netns exec hmi node lab/devices/bacnet/operator.ts --host 198.18.1.79 --own 198.18.1.130 -- 'read 0 0' 'write 2 0 300'
 */
import bacnet, { ApplicationTag, PropertyIdentifier } from '@bacnet-js/client'
import { readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey, refusable } from '../orders.ts'

/** The device's refusal, as the library words it. */
const refusalOf = (error: unknown): Record<string, unknown> => {
  const message = error instanceof Error ? error.message : String(error)
  if (/^Bacnet(Error|Abort|Reject)/.test(message)) return { refused: message }
  throw error
}

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port, own } = readArguments({ host: undefined, port: 47808, own: '0.0.0.0' }, settings)
  const client = new bacnet.default({ interface: own, port, apduTimeout: 3000 })
  const address = { address: `${host}:${port}` }
  await new Promise<void>((resolve) => client.once('listening', () => resolve()))
  const object = (type: string, instance: string) => ({ type: Number(type), instance: Number(instance) })
  const acts = refusable(refusalOf, {
    read: async (type = '0', instance = '0') => {
      const { values } = await client.readProperty(address, object(type, instance), PropertyIdentifier.PRESENT_VALUE)
      return { value: values[0]?.value }
    },
    write: async (type = '2', instance = '0', value = '0') => {
      const values = [{ type: ApplicationTag.REAL, value: Number(value) }]
      await client.writeProperty(address, object(type, instance), PropertyIdentifier.PRESENT_VALUE, values, {})
      return { written: Number(value) }
    },
    restart: async () => {
      await client.reinitializeDevice(address, 0)
      return { restarted: true }
    },
    silence: async (minutes = '1') => {
      await client.deviceCommunicationControl(address, Number(minutes), 1)
      return { silenced: true }
    },
  })
  await obey(acts, orders)
  client.close()
  process.exit(0)
})
