/**
 * One end of a TCP connection that does what it is told, a JSON line at a time, and answers each with a JSON line:
 *   {"connect":["198.18.1.10",502]} {"send":"0001…"} {"receive":12,"within":500}
 */
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

let socket: Socket | undefined
let received = Buffer.alloc(0)
const end: { why?: string } = {}
let woken = (): void => undefined

const connect = (host: string, port: number): Promise<object> =>
  new Promise((resolve) => {
    received = Buffer.alloc(0)
    delete end.why
    const made = createConnection({ host, port, noDelay: true }, () => resolve({ port: made.localPort }))
    socket = made
    made.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      woken()
    })
    made.on('error', (error: NodeJS.ErrnoException) => {
      end.why = error.code ?? error.message
      woken()
      resolve({ error: end.why })
    })
    made.on('close', () => {
      end.why ??= 'closed'
      woken()
    })
  })

const receive = async (count: number, within: number): Promise<object> => {
  const deadline = performance.now() + within
  while (received.length < count && end.why === undefined && performance.now() < deadline)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, deadline - performance.now())
      woken = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const taken = received.subarray(0, count)
  received = received.subarray(count)
  return { data: taken.toString('hex'), ...(end.why === undefined ? {} : { ended: end.why }) }
}

const act = async (order: Record<string, unknown>): Promise<object> => {
  if (Array.isArray(order['connect'])) return connect(String(order['connect'][0]), Number(order['connect'][1]))
  if (typeof order['send'] === 'string') {
    socket?.write(Buffer.from(order['send'], 'hex'))
    return { sent: order['send'].length / 2 }
  }
  return receive(Number(order['receive']), Number(order['within'] ?? 1000))
}

let last: Promise<unknown> = Promise.resolve()
createInterface({ input: process.stdin }).on('line', (line) => {
  const order: Record<string, unknown> = JSON.parse(line)
  last = last.then(async () => process.stdout.write(`${JSON.stringify(await act(order))}\n`))
})
process.stdin.on('close', () => process.exit(0))
