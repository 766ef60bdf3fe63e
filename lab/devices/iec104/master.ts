/**
 * A control centre that speaks IEC 60870-5-104: interrogates, reads and commands an outstation on one connection.
 *   ip netns exec scada node lab/devices/iec104/master.ts --host 198.18.1.78 -- interrogate 'command 5001 on' 'set 5002 300'
 */
import { createConnection } from 'node:net'
import { readArguments, runDevice } from '../arguments.ts'
import { givenOrders, obey } from '../orders.ts'
import { build, cause, float, read, type, type Asdu } from './asdu.ts'
import { Link, unnumbered } from './link.ts'

const station = 1

/** Lets one that waits take what has come, and waits until it has what it wants. */
class Inbox {
  readonly #arrived: Asdu[] = []
  #woken: () => void = () => undefined
  why = ''

  put(asdu: Asdu): void {
    this.#arrived.push(asdu)
    this.#woken()
  }

  wake(why: string): void {
    this.why ||= why
    this.#woken()
  }

  /** All that come up to one that matches. */
  async until(matches: (asdu: Asdu) => boolean, ms = 2000): Promise<readonly Asdu[]> {
    const end = performance.now() + ms
    for (;;) {
      const at = this.#arrived.findIndex(matches)
      if (at >= 0) return this.#arrived.splice(0, at + 1)
      if (this.why !== '') throw new Error(this.why)
      const left = end - performance.now()
      if (left <= 0) throw new Error('no answer')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#woken = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}

await runDevice(async () => {
  const { settings, orders } = givenOrders()
  const { host, port } = readArguments({ host: undefined, port: 2404 }, settings)
  const inbox = new Inbox()
  const socket = createConnection({ host, port, noDelay: true })
  socket.on('error', (error) => inbox.wake(error.message))
  socket.on('close', () => inbox.wake('closed'))
  const started = Promise.withResolvers<void>()
  const link = new Link(
    socket,
    (data) => inbox.put(read(data)),
    (code) => {
      if (code === unnumbered.started) started.resolve()
    },
    (what) => inbox.wake(what),
  )
  link.unnumbered(unnumbered.start)
  await started.promise

  const last = (answers: readonly Asdu[]): Asdu => answers.at(-1)!
  const order = async (what: number, object: number, value: Buffer) => {
    link.send(build({ type: what, cause: cause.activate, refused: false, station, object, value }))
    const { refused, cause: why } = last(await inbox.until((asdu) => asdu.type === what && asdu.object === object))
    return { refused, cause: why }
  }
  await obey(
    {
      interrogate: async () => {
        const asked = { type: type.interrogation, cause: cause.activate, refused: false, station, object: 0 }
        link.send(build({ ...asked, value: Buffer.from([20]) }))
        const answers = await inbox.until((asdu) => asdu.type === asked.type && asdu.cause !== cause.activated)
        const values = answers.filter(({ cause: why }) => why === cause.interrogated)
        return { objects: values.map(({ object }) => object), ended: last(answers).cause === cause.ended }
      },
      read: async (object = '3001') => {
        const asked = { type: type.read, cause: cause.request, refused: false, station, object: Number(object) }
        link.send(build({ ...asked, value: Buffer.alloc(0) }))
        const found = last(await inbox.until((asdu) => asdu.object === asked.object))
        return found.type === type.float ? { value: found.value.readFloatLE(0) } : { refused: found.refused }
      },
      command: (object = '5001', value = 'on') =>
        order(type.command, Number(object), Buffer.from([value === 'on' ? 1 : 0])),
      set: (object = '5002', value = '0') => order(type.setpoint, Number(object), float(Number(value))),
      reset: () => order(type.reset, 0, Buffer.from([1])),
    },
    orders,
  )
  socket.end(() => process.exit(0))
})
