import { Buffer } from 'node:buffer'
import { Fault } from '#core/errors.ts'
import { bindSocket, close, connectSocket, must, recv, send, socket } from './libc.ts'

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const MSG_NOSIGNAL = 0x4000
const familyBytes = 2
/** bytes of `sun_path`, the terminating zero included: unix(7) */
export const longestPath = 108

/**
 * `struct sockaddr_un`: a path, or a name in the abstract namespace where the text begins with `@`.
 * @throws Fault `usage` when it does not fit
 */
const unixAddress = (path: string): Uint8Array => {
  const abstract = path.startsWith('@')
  const name = Buffer.from(abstract ? `\0${path.slice(1)}` : `${path}\0`)
  if (name.length > longestPath)
    throw new Fault('usage', `The socket path ${path} is longer than ${longestPath - 1} bytes.`)
  const address = new Uint8Array(familyBytes + name.length)
  new DataView(address.buffer).setUint16(0, AF_UNIX, true)
  address.set(name, familyBytes)
  return address
}

const open = (): number => must('socket(AF_UNIX)', socket(AF_UNIX, SOCK_DGRAM | SOCK_FLAGS, 0))

/**
 * Sends one datagram without waiting. Node's own dgram knows no unix sockets.
 * @returns false when nobody listens or the listener is full
 */
export const sendUnixDatagram = (path: string, data: Uint8Array): boolean => {
  const address = unixAddress(path)
  const fd = open()
  try {
    return connectSocket(fd, address, address.length) === 0 && send(fd, data, data.length, MSG_NOSIGNAL) === data.length
  } finally {
    close(fd)
  }
}

export interface UnixDatagramListener {
  /** The next datagram of at most 64 KiB, or `undefined` when none waits. */
  receive(): Uint8Array | undefined
  close(): void
}

/** Binds a datagram socket at a path that does not exist yet, or at an abstract name (`@name`). */
export const listenUnixDatagrams = (path: string): UnixDatagramListener => {
  const address = unixAddress(path)
  const fd = open()
  try {
    must(`bind(${path})`, bindSocket(fd, address, address.length))
  } catch (error) {
    close(fd)
    throw error
  }
  const buffer = new Uint8Array(64 << 10)
  return {
    receive: () => {
      const length = recv(fd, buffer, buffer.length, 0)
      return length < 0 ? undefined : buffer.slice(0, length)
    },
    close: () => void close(fd),
  }
}
