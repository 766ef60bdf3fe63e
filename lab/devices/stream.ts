/** TCP as these devices use it: whole messages out of a stream, by a function that knows how long one is. */
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { print } from './arguments.ts'

/** @returns length of the message that `bytes` begin with; 0 while too few are there to tell, -1 when it is none */
export type Measure = (bytes: Buffer) => number

/** Calls `take` with each message; what is none ends the connection, as in a real device. */
export const eachMessage = (socket: Socket, measure: Measure, take: (message: Buffer) => void): void => {
  let rest = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const length = measure(rest)
      if (length < 0) {
        print({ kind: 'nonsense', bytes: rest.subarray(0, 16).toString('hex') })
        socket.destroy()
        return
      }
      if (length === 0 || length > rest.length) return
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      take(message)
    }
  })
}

/** Serves connections; says where from they come, and when they end. */
export const serve = (host: string, port: number, accept: (socket: Socket) => void): Server => {
  const server = createServer({ noDelay: true }, (socket) => {
    const { remotePort } = socket
    print({ kind: 'connection', port: remotePort })
    socket.on('error', () => undefined)
    socket.on('close', () => print({ kind: 'closed', port: remotePort }))
    accept(socket)
  })
  server.on('error', (error) => {
    process.stderr.write(`Cannot serve on ${host} port ${port}: ${error.message}\n`)
    process.exit(4)
  })
  return server.listen(port, host, () => print({ kind: 'listening', host, port }))
}

const late = (ms: number): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no answer')), ms).unref()
  })

/** Messages kept for whoever comes to wait for them. */
const kept = 64

/** A client's end: sends messages and waits for those that it is looking for. */
export class Exchange {
  readonly socket: Socket
  readonly #waiting: { matches: (message: Buffer) => boolean; resolve: (message: Buffer) => void }[] = []
  /** Messages that nobody waited for yet. */
  readonly #arrived: Buffer[] = []
  #why = ''
  readonly #ended: Promise<never>

  /** @param take sees every message before anybody who waits for one; what it gives true for is done with */
  constructor(socket: Socket, measure: Measure, take: (message: Buffer) => boolean = () => false) {
    this.socket = socket
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#why = error.code ?? error.message))
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => undefined)
    this.#ended = ended.promise
    socket.on('close', () => {
      this.#why ||= 'closed'
      ended.reject(new Error(this.#why))
    })
    eachMessage(socket, measure, (message) => {
      if (take(message)) return
      const at = this.#waiting.findIndex(({ matches }) => matches(message))
      const [found] = at < 0 ? [] : this.#waiting.splice(at, 1)
      if (found !== undefined) found.resolve(message)
      else if (this.#arrived.push(Buffer.from(message)) > kept) this.#arrived.shift()
    })
  }

  static connect(host: string, port: number, measure: Measure, take?: (message: Buffer) => boolean): Promise<Exchange> {
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
    const socket = createConnection({ host, port, noDelay: true }, () => resolve(new Exchange(socket, measure, take)))
    socket.once('error', reject)
    return promise
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  /** The first message that matches and that nobody took yet. @throws Error when it does not come in time, or the connection ended */
  wait(matches: (message: Buffer) => boolean, ms = 2000): Promise<Buffer> {
    const at = this.#arrived.findIndex(matches)
    const [here] = at < 0 ? [] : this.#arrived.splice(at, 1)
    if (here !== undefined) return Promise.resolve(here)
    if (this.#why !== '') return Promise.reject(new Error(this.#why))
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    this.#waiting.push({ matches, resolve })
    return Promise.race([promise, this.#ended, late(ms)])
  }
}
