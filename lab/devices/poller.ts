/**
 * An HMI or historian: polls a controller over Modbus/TCP at a fixed rate and keeps polling through failures.
 *   ip netns exec hmi-1 node lab/devices/poller.ts --host 198.18.1.10 --rate 10
 * Several hosts, with commas between them, are polled at that rate each, and lines say which one they are about.
 * Prints a line of counts every `--report` seconds and a total when it is stopped.
 */
import modbus from 'modbus-serial'
import { setTimeout as sleep } from 'node:timers/promises'
import { onStop, print, readArguments, runDevice } from './arguments.ts'
import { reporting, Tally } from './tally.ts'

const ModbusRTU = modbus.default
type Client = InstanceType<typeof ModbusRTU>

const connectMs = 1000
const retryMs = 100

const refusalOf = (error: unknown): number | undefined =>
  error instanceof Error && 'modbusCode' in error && typeof error.modbusCode === 'number' ? error.modbusCode : undefined

/** Settles with the promise, or rejects when `gone` does first: an answer cannot come over a closed connection. */
const whileOpen = <T>(promise: Promise<T>, gone: Promise<never>): Promise<T> => Promise.race([promise, gone])

interface Polling {
  readonly port: number
  readonly unit: number
  readonly rate: number
  readonly register: number
  readonly count: number
  readonly timeout: number
  readonly report: number
}

/** Polls one controller until it is told to stop; then prints the total. */
const poll = async (
  host: string,
  { port, unit, rate, register, count, timeout, report }: Polling,
  stopping: AbortController,
  say: (row: Readonly<Record<string, unknown>>) => void,
): Promise<void> => {
  const tally = new Tally()
  const total = reporting(tally, report * 1000, say)
  const period = 1000 / rate
  let next = performance.now()

  /** One poll per period. A period that passes while an answer is outstanding is skipped, not made up for. */
  const tick = async (): Promise<void> => {
    const now = performance.now()
    next = Math.max(next + period, now)
    await sleep(next - now)
  }

  const pollUntilClosed = async (client: Client, gone: Promise<never>): Promise<void> => {
    for (;;) {
      await tick()
      if (stopping.signal.aborted) return
      const start = tally.sent()
      try {
        await whileOpen(client.readHoldingRegisters(register, count), gone)
        tally.answered(start)
      } catch (error) {
        if (refusalOf(error) !== undefined) tally.refused(start)
        else {
          tally.lost()
          say({
            kind: 'lost',
            at: new Date().toISOString(),
            why: error instanceof Error ? error.message : String(error),
          })
          if (!client.isOpen) return
        }
      }
    }
  }

  const connect = async (): Promise<{ client: Client; gone: Promise<never> } | undefined> => {
    const client = new ModbusRTU()
    client.setID(unit)
    client.setTimeout(timeout)
    const closed = Promise.withResolvers<never>()
    closed.promise.catch(() => undefined)
    client.on('close', () => closed.reject(new Error('the connection was closed')))
    client.on('error', (error: unknown) => closed.reject(error))
    try {
      const late = sleep(connectMs).then(() => Promise.reject(new Error('no connection')))
      late.catch(() => undefined)
      await Promise.race([client.connectTCP(host, { port }), late])
      return { client, gone: closed.promise }
    } catch {
      client.destroy(() => undefined)
      return undefined
    }
  }

  const run = async (): Promise<void> => {
    let connections = 0
    while (!stopping.signal.aborted) {
      const connection = await connect()
      if (connection === undefined) {
        await sleep(retryMs)
        continue
      }
      if (connections++ === 0) say({ kind: 'connected', host, port })
      else tally.reconnected()
      await pollUntilClosed(connection.client, connection.gone)
      connection.client.destroy(() => undefined)
    }
  }
  await run()
  total()
}

await runDevice(async () => {
  const settings = { host: undefined, port: 502, unit: 1, rate: 10, register: 0, count: 4, timeout: 3000, report: 1 }
  const { host: all, ...polling } = readArguments(settings)
  const hosts = all.split(',')
  const stopping = new AbortController()
  // An outstanding answer is waited for, so that stopping loses nothing.
  onStop(() => stopping.abort(), polling.timeout + connectMs + 500)
  const told = (host: string) => (hosts.length === 1 ? print : (row: object) => print({ host, ...row }))
  await Promise.all(hosts.map((host) => poll(host, polling, stopping, told(host))))
  process.exit(0)
})
