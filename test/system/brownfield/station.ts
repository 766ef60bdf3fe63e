/**
 * A Modbus client that polls controllers all the time, each over one connection for good, and writes set points if it is given any.
 *   node station.ts --hosts 198.18.1.10,198.18.1.11 --rate 10 --low 200 --high 400
 * Lines on standard input are orders. `counts` answers once every poll sent before is answered or lost, with how many those were; `write 100 350` goes to the
 * first controller, over the connection of its polls.
 */
import modbus from 'modbus-serial'
import { obey, refusable } from '#lab/devices/orders.ts'
import { print, readArguments, runDevice } from '#lab/devices/arguments.ts'

const ModbusRTU = modbus.default
type Client = InstanceType<typeof ModbusRTU>

/** ms without an answer after which a poll is lost. TCP repeats a segment several times within. */
const lostMs = 3500
/** Register of the set point, and polls between two writes of it. */
const [setpoint, every] = [100, 5]
/** Change from one write to the next. */
const step = 25

const counts = { sent: 0, answered: 0, lost: 0, refused: 0, longestMs: 0 }
const outstanding = new Set<Promise<void>>()

const exceptionOf = (error: unknown): Record<string, unknown> => {
  if (error instanceof Error && 'modbusCode' in error && typeof error.modbusCode === 'number')
    return { exception: error.modbusCode }
  throw error
}

const poll = (ask: () => Promise<unknown>): void => {
  counts.sent++
  const start = performance.now()
  const wait = async (): Promise<void> => {
    try {
      await ask()
      counts.answered++
      counts.longestMs = Math.max(counts.longestMs, Math.round(performance.now() - start))
    } catch (error) {
      if (error instanceof Error && 'modbusCode' in error) counts.refused++
      else counts.lost++
    }
  }
  const asked = wait()
  outstanding.add(asked)
  void asked.finally(() => outstanding.delete(asked))
}

await runDevice(async () => {
  const settings = { hosts: undefined, rate: 10, register: 0, count: 4, low: 0, high: 0 }
  const { hosts, rate, register, count, low, high } = readArguments(settings)
  const open = async (host: string): Promise<Client> => {
    const client = new ModbusRTU()
    client.setID(1)
    client.setTimeout(lostMs)
    client.on('error', () => undefined)
    await client.connectTCP(host, { port: 502 })
    return client
  }
  const clients = await Promise.all(hosts.split(',').map(open))
  const [first] = clients
  for (const client of clients) {
    let [turn, value, direction] = [0, low, step]
    setInterval(() => {
      poll(() => client.readHoldingRegisters(register, count))
      if (low === high || ++turn % every !== 0) return
      const next = value
      poll(() => client.writeRegister(setpoint, next))
      // From end to end of its range, and back.
      if (value + direction < low || value + direction > high) direction = -direction
      value += direction
    }, 1000 / rate)
  }
  print({ kind: 'polling' })
  const acts = refusable(exceptionOf, {
    counts: async () => {
      const { sent } = counts
      await Promise.all(outstanding)
      const broken = clients.filter(({ isOpen }) => !isOpen).length
      return { ...counts, sent, broken }
    },
    write: async (where = '0', value = '0') => {
      await first?.writeRegister(Number(where), Number(value))
      return { written: Number(value) }
    },
  })
  await obey(acts, [])
  process.exit(0)
})
