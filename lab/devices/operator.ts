/**
 * An operator's screen over Modbus/TCP: reads and writes registers on one connection.
 *   ip netns exec hmi node lab/devices/operator.ts --host 198.18.1.10 -- 'read 100' 'write 100 350'
 */
import modbus from 'modbus-serial'
import { readArguments, runDevice } from './arguments.ts'
import { givenOrders, obey, type Acts } from './orders.ts'

const exceptionOf = (error: unknown): number => {
  if (error instanceof Error && 'modbusCode' in error && typeof error.modbusCode === 'number') return error.modbusCode
  throw error
}

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port, unit } = readArguments({ host: undefined, port: 502, unit: 255 }, settings)
  const client = new modbus.default()
  client.setID(unit)
  client.setTimeout(3000)
  await client.connectTCP(host, { port })
  const acts: Acts = {
    read: async (register = '0', count = '1') => {
      try {
        return { values: (await client.readHoldingRegisters(Number(register), Number(count))).data }
      } catch (error) {
        return { exception: exceptionOf(error) }
      }
    },
    write: async (register = '0', value = '0') => {
      try {
        await client.writeRegister(Number(register), Number(value))
        return { written: Number(value) }
      } catch (error) {
        return { exception: exceptionOf(error) }
      }
    },
    switch: async (coil = '0', value = 'on') => {
      try {
        await client.writeCoil(Number(coil), value === 'on')
        return { written: value }
      } catch (error) {
        return { exception: exceptionOf(error) }
      }
    },
  }
  await obey(acts, orders)
  client.destroy(() => process.exit(0))
})
