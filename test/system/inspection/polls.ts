/**
 * A client that polls a controller at up to 1 kHz over one connection, whether answers come or not, and says how long it waited for them:
 *   {"connect":["198.18.1.10",502]} {"poll":2000,"every":1}
 */
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

let socket: Socket | undefined
const now: { ended?: string; answered: number; last: number; longest: number; rest: Buffer } = {
  answered: 0,
  last: 0,
  longest: 0,
  rest: Buffer.alloc(0),
}
let id = 0

const take = (bytes: Buffer) => {
  now.rest = Buffer.concat([now.rest, bytes])
  for (; now.rest.length >= 6 && now.rest.length >= 6 + now.rest.readUInt16BE(4);) {
    now.rest = now.rest.subarray(6 + now.rest.readUInt16BE(4))
    const at = performance.now()
    now.longest = Math.max(now.longest, at - now.last)
    now.last = at
    now.answered++
  }
}

const connect = (host: string, port: number): Promise<object> =>
  new Promise((resolve) => {
    delete now.ended
    const made = createConnection({ host, port, noDelay: true }, () => resolve({ port: made.localPort }))
    socket = made
    made.on('data', take)
    made.on('error', (error: NodeJS.ErrnoException) => {
      now.ended = error.code ?? error.message
      resolve({ error: now.ended })
    })
    made.on('close', () => (now.ended ??= 'closed'))
  })

/** Polls for a time, then waits for what is outstanding. */
const poll = (ms: number, every: number): Promise<object> =>
  new Promise((resolve) => {
    const begin = performance.now()
    Object.assign(now, { answered: 0, longest: 0, last: begin })
    let sent = 0
    const timer = setInterval(() => {
      const at = performance.now()
      const over = at - begin > ms
      const due = over || now.ended !== undefined ? sent : Math.floor((at - begin) / every)
      for (; sent < due; sent++) {
        id = (id + 1) & 0x7fff
        socket?.write(Buffer.from(`${id.toString(16).padStart(4, '0')}00000006ff0300640002`, 'hex'))
      }
      if (now.ended === undefined && (!over || (now.answered < sent && at - begin < ms + 3000))) return
      clearInterval(timer)
      resolve({ sent, answered: now.answered, longest: Math.round(now.longest), ended: now.ended })
    }, every)
  })

const act = (order: Record<string, unknown>): Promise<object> =>
  Array.isArray(order['connect'])
    ? connect(String(order['connect'][0]), Number(order['connect'][1]))
    : poll(Number(order['poll']), Number(order['every'] ?? 1))

let last: Promise<unknown> = Promise.resolve()
createInterface({ input: process.stdin }).on('line', (line) => {
  const order: Record<string, unknown> = JSON.parse(line)
  last = last.then(async () => process.stdout.write(`${JSON.stringify(await act(order))}\n`))
})
process.stdin.on('close', () => process.exit(0))
