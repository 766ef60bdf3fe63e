/**
 * A control centre that speaks IEC 60870-5-104: interrogates, reads and commands an outstation on one connection.
 *   ip netns exec scada node lab/devices/iec104/master.ts --host 198.18.1.78 -- interrogate 'command 5001 on' 'set 5002 300'
 */
import { createConnection } from 'node:net'
import { readArguments, runDevice } from '../arguments.ts'
import { Inbox } from '../inbox.ts'
import { givenOrders, obey } from '../orders.ts'
import { build, cause, float, read, type, type Asdu } from './asdu.ts'
import { Link, unnumbered } from './link.ts'

const station = 1

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port } = readArguments({ host: undefined, port: 2404 }, settings)
  const inbox = new Inbox<Asdu>()
  const socket = createConnection({ host, port, noDelay: true })
  socket.on('error', (error) => inbox.end(error.message))
  socket.on('close', () => inbox.end('closed'))
  const started = Promise.withResolvers<void>()
  const link = new Link(
    socket,
    (data) => inbox.put(read(data)),
    (code) => {
      if (code === unnumbered.started) started.resolve()
    },
    (what) => inbox.end(what),
  )
  link.unnumbered(unnumbered.start)
  await started.promise

  const order = async (what: number, object: number, value: Buffer) => {
    link.send(build({ type: what, cause: cause.activate, refused: false, station, object, value }))
    const { refused, cause: why } = await inbox.take((asdu) => asdu.type === what && asdu.object === object)
    return { refused, cause: why }
  }
  await obey(
    {
      interrogate: async () => {
        const asked = { type: type.interrogation, cause: cause.activate, refused: false, station, object: 0 }
        link.send(build({ ...asked, value: Buffer.from([20]) }))
        const objects: number[] = []
        for (;;) {
          const {
            type: what,
            cause: why,
            object,
            refused,
          } = await inbox.take((asdu) => asdu.type === asked.type || asdu.cause === cause.interrogated)
          if (why === cause.interrogated) objects.push(object)
          else if (refused || (what === asked.type && why === cause.ended)) return { objects, refused }
        }
      },
      read: async (object = '3001') => {
        const asked = { type: type.read, cause: cause.request, refused: false, station, object: Number(object) }
        link.send(build({ ...asked, value: Buffer.alloc(0) }))
        const found = await inbox.take((asdu) => asdu.object === asked.object)
        return found.type === type.float ? { value: found.value.readFloatLE(0) } : { refused: found.refused }
      },
      command: (object = '5001', value = 'on') =>
        order(type.command, Number(object), Buffer.from([value === 'on' ? 1 : 0])),
      set: (object = '5002', value = '0') => order(type.setpoint, Number(object), float(Number(value))),
      reset: () => order(type.reset, 0, Buffer.from([1])),
    },
    orders,
    socket,
  )
  socket.end(() => process.exit(0))
})
