/**
 * A master station: reads an outstation, operates its outputs and restarts it, on one connection.
 *   ip netns exec scada node lab/devices/dnp3/master.ts --host 198.18.1.77 -- read 'operate 0 on' restart
 */
import { readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey } from '../orders.ts'
import { Exchange } from '../stream.ts'
import { build, control, fn, measure, only, read } from './frames.ts'

const own = 1

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port, outstation } = readArguments({ host: undefined, port: 20000, outstation: 10 }, settings)
  const exchange = await Exchange.connect(host, port, measure)
  let [sequence, transport] = [0, 0]

  /** @returns the answer's objects, and its indications as four digits */
  const ask = async (what: number, objects: Buffer): Promise<{ indications: string; objects: Buffer }> => {
    const number = sequence++ & 15
    const data = Buffer.concat([Buffer.from([only | (transport++ & 0x3f), only | number, what]), objects])
    exchange.send(build({ control: control.master, to: outstation, from: own, data }))
    const answer = read(
      await exchange.wait((message) => {
        const frame = read(message)
        return frame !== undefined && frame.data[2] === fn.response && ((frame.data[1] ?? 0) & 15) === number
      }),
    )!
    return { indications: answer.data.toString('hex', 3, 5), objects: answer.data.subarray(5) }
  }
  const operated = ({ indications, objects }: { indications: string; objects: Buffer }) => ({
    indications,
    ...(objects.length === 0 ? {} : { status: objects[objects.length - 1] }),
  })

  await obey(
    {
      read: async () => {
        const { indications, objects } = await ask(fn.read, Buffer.from([60, 1, 6]))
        return objects.length < 15
          ? { indications }
          : { indications, level: objects.readInt32LE(6) / 10, setpoint: objects.readInt32LE(11) }
      },
      operate: async (point = '0', value = 'on') => {
        const block = [12, 1, 0x28, 1, 0, Number(point), 0, value === 'on' ? 3 : 4, 1]
        // No on-time, no off-time, no status yet.
        return operated(await ask(fn.directOperate, Buffer.concat([Buffer.from(block), Buffer.alloc(9)])))
      },
      set: async (point = '0', value = '0') => {
        const output = Buffer.from([41, 2, 0x28, 1, 0, Number(point), 0, 0, 0, 0])
        output.writeInt16LE(Number(value), 7)
        return operated(await ask(fn.directOperate, output))
      },
      restart: async () => operated(await ask(fn.coldRestart, Buffer.alloc(0))),
    },
    orders,
    exchange.socket,
  )
  exchange.socket.end(() => process.exit(0))
})
