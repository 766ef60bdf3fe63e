/** TCP as these devices use it: whole messages out of a stream, by a function that knows how long one is. */
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { print } from './arguments.ts'
import { Inbox } from './inbox.ts'

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

/** A client's end: sends messages and waits for those that it is looking for. */
export class Exchange {
  readonly socket: Socket
  readonly #inbox = new Inbox<Buffer>()

  constructor(socket: Socket, measure: Measure) {
    this.socket = socket
    socket.on('error', (error: NodeJS.ErrnoException) => this.#inbox.end(error.code ?? error.message))
    socket.on('close', () => this.#inbox.end('closed'))
    eachMessage(socket, measure, (message) => this.#inbox.put(Buffer.from(message)))
  }

  static connect(host: string, port: number, measure: Measure): Promise<Exchange> {
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
    const socket = createConnection({ host, port, noDelay: true }, () => resolve(new Exchange(socket, measure)))
    socket.once('error', reject)
    return promise
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  /** The first message that matches and that nobody took yet. @throws Error when it does not come in time, or the connection ended */
  wait(matches: (message: Buffer) => boolean, ms?: number): Promise<Buffer> {
    return this.#inbox.take(matches, ms)
  }
}
