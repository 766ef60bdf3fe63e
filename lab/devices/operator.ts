/**
 * An operator's screen over Modbus/TCP: reads and writes registers on one connection.
 *   ip netns exec hmi node lab/devices/operator.ts --host 198.18.1.10 -- 'read 100' 'write 100 350'
 */
import modbus from 'modbus-serial'
import { readArguments, runDevice } from './arguments.ts'
import { givenOrders, obey, refusable } from './orders.ts'

const exceptionOf = (error: unknown): Record<string, unknown> => {
  if (error instanceof Error && 'modbusCode' in error && typeof error.modbusCode === 'number')
    return { exception: error.modbusCode }
  throw error
}

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port, unit } = readArguments({ host: undefined, port: 502, unit: 255 }, settings)
  const client = new modbus.default()
  client.setID(unit)
  client.setTimeout(3000)
  await client.connectTCP(host, { port })
  const acts = refusable(exceptionOf, {
    read: async (register = '0', count = '1') => ({
      values: (await client.readHoldingRegisters(Number(register), Number(count))).data,
    }),
    write: async (register = '0', value = '0') => {
      await client.writeRegister(Number(register), Number(value))
      return { written: Number(value) }
    },
    switch: async (coil = '0', value = 'on') => {
      await client.writeCoil(Number(coil), value === 'on')
      return { written: value }
    },
  })
  await obey(acts, orders)
  client.destroy(() => process.exit(0))
})
