/**
 * Accepting TCP connections with who they are from. Node asks for the peer only after accept(2), and of a connection that was reset by then
 * the kernel no longer tells (inet_getname in linux/net/ipv4/af_inet.c); a scanner that connects and resets at once would have no address.
 */
import { formatIp4At } from '#core/address.ts'
import {
  accept4,
  close,
  errno,
  fcntl,
  getsockname,
  getsockopt,
  lastErrno,
  must,
  setsockopt,
  SystemError,
} from './libc.ts'
import { watchReadable, type Watch } from './readable.ts'

const AF_INET = 2
const SOL_SOCKET = 1
const SO_LINGER = 13
const SO_ACCEPTCONN = 30
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const F_GETFL = 3
const F_SETFL = 4
const O_NONBLOCK = 0o4000

/** Connections that are accepted before other work of the event loop has its turn. */
const batch = 64
/** ms without accepting after the process ran out of descriptors. */
const pause = 100

export interface Arrival {
  /** Belongs to who is given it. */
  readonly fd: number
  readonly source: string
  readonly sourcePort: number
}

export interface Listener {
  close(): void
}

const name = new Uint8Array(16)
const nameView = new DataView(name.buffer)
const nameLength = new Uint8Array(4)

/** IPv4 address at this end of a socket; `undefined` for other sockets. */
export const localAddress = (fd: number): string | undefined => {
  nameLength[0] = name.length
  if (getsockname(fd, name, nameLength) < 0 || nameView.getUint16(0, true) !== AF_INET) return undefined
  return formatIp4At(name, 4)
}

const linger = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) // struct linger: on, 0 seconds
/** Ends a connection with a reset, which keeps nothing of it in the kernel (tcp(7), SO_LINGER). */
export const resetConnection = (fd: number): void => {
  setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, linger.length)
  close(fd)
}

const isListening = (fd: number): boolean => {
  const value = new Uint8Array(4)
  const length = Uint8Array.of(4, 0, 0, 0)
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, value, length) >= 0 && value[0] === 1
}

/**
 * Serves a listening IPv4 socket, which it owns and closes.
 * @throws SystemError when `fd` is none
 */
export const serveConnections = (fd: number, onArrival: (arrival: Arrival) => void): Listener => {
  if (!isListening(fd)) throw new SystemError(`descriptor ${fd} listens`, errno.EINVAL)
  must('fcntl', fcntl(fd, F_SETFL, must('fcntl', fcntl(fd, F_GETFL, 0)) | O_NONBLOCK))
  let closed = false
  const isClosed = (): boolean => closed
  let watch: Watch | undefined
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = undefined
    watch = watchReadable(fd, accept)
  }
  const accept = (): void => {
    for (let count = 0; count < batch && !isClosed(); count++) {
      nameLength[0] = name.length
      const made = accept4(fd, name, nameLength, SOCK_FLAGS)
      if (made < 0) {
        const error = lastErrno()
        // Waiting connections keep the listener readable: without a pause, this would be all that the process does.
        if (error === errno.EMFILE || error === errno.ENFILE || error === errno.ENOBUFS) {
          watch?.close()
          timer = setTimeout(start, pause)
        }
        // Anything else is of one connection, or says that none waits.
        return
      }
      if (nameView.getUint16(0, true) === AF_INET)
        onArrival({ fd: made, source: formatIp4At(name, 4), sourcePort: nameView.getUint16(2) })
      else close(made)
    }
  }
  start()
  return {
    close: () => {
      if (closed) return
      closed = true
      clearTimeout(timer)
      watch?.close()
      close(fd)
    },
  }
}
