import { isIP, isIPv6, Socket } from 'node:net'
import { Fault } from '#core/errors.ts'
import {
  bindSocket,
  close,
  connectSocket,
  errno,
  errnoText,
  getsockopt,
  lastErrno,
  listenSocket,
  must,
  setIntOption,
  socket,
  SystemError,
} from './libc.ts'
import { inOptionalNamespace } from './enter-namespace.ts'
import { watchWritable } from './readable.ts'
import { socketAddress } from './socket-address.ts'

const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_ERROR = 4
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26

export interface Endpoint {
  /** An IPv4 or IPv6 address, not a name. */
  readonly host: string
  /** 0 lets the kernel choose. */
  readonly port: number
}

const boundSocket = (name: string | undefined, type: number, endpoint: Endpoint): number => {
  if (isIP(endpoint.host) === 0) throw new Fault('usage', `"${endpoint.host}" is no IP address.`)
  const v6 = isIPv6(endpoint.host)
  const fd = inOptionalNamespace(name, () => must('socket', socket(v6 ? AF_INET6 : AF_INET, type | SOCK_FLAGS, 0)))
  try {
    if (type === SOCK_STREAM) setIntOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if (v6) setIntOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    const address = socketAddress(endpoint.host, endpoint.port)
    must(
      `bind ${endpoint.host} port ${endpoint.port} in ${name ?? 'this namespace'}`,
      bindSocket(fd, address, address.length),
    )
    return fd
  } catch (error) {
    close(fd)
    throw error
  }
}

/**
 * Opens a listening TCP socket inside a namespace, for `server.listen({ fd })`; the server owns and closes it.
 * @throws SystemError when the address is taken or not there
 */
export const listenIn = (name: string | undefined, endpoint: Endpoint & { backlog?: number }): number => {
  const fd = boundSocket(name, SOCK_STREAM, endpoint)
  if (listenSocket(fd, endpoint.backlog ?? 511) >= 0) return fd
  const error = lastErrno()
  close(fd)
  throw new Fault('interface-refused', `Cannot listen on ${endpoint.host} port ${endpoint.port}: ${errnoText(error)}.`)
}

/** Opens a bound UDP socket inside a namespace, for `dgramSocket.bind({ fd })`; the socket owns and closes it. */
export const bindUdpIn = (name: string | undefined, endpoint: Endpoint): number =>
  boundSocket(name, SOCK_DGRAM, endpoint)

export interface ConnectOptions extends Endpoint {
  readonly localAddress?: string
  /** Default: the kernel chooses. */
  readonly localPort?: number
  /** Milliseconds until the attempt is given up; default 10,000. */
  readonly timeoutMs?: number
}

/**
 * Opens a TCP connection from inside a namespace.
 * @throws SystemError with the kernel's reason (ECONNREFUSED, EHOSTUNREACH…) or ETIMEDOUT
 */
export const connectIn = async (name: string | undefined, options: ConnectOptions): Promise<Socket> => {
  const v6 = isIPv6(options.host)
  const local = { host: options.localAddress ?? (v6 ? '::' : '0.0.0.0'), port: options.localPort ?? 0 }
  const fd = boundSocket(name, SOCK_STREAM, local)
  const call = `connect to ${options.host} port ${options.port}`
  try {
    const address = socketAddress(options.host, options.port)
    if (connectSocket(fd, address, address.length) < 0) {
      const error = lastErrno()
      if (error !== errno.EINPROGRESS) throw new SystemError(call, error)
      const failed = await connected(fd, options.timeoutMs ?? 10_000)
      if (failed !== 0) throw new SystemError(call, failed)
    }
    return new Socket({ fd, readable: true, writable: true })
  } catch (error) {
    close(fd)
    throw error
  }
}

const connected = async (fd: number, timeoutMs: number): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const watch = watchWritable(fd, () => resolve(true))
  const timer = setTimeout(() => resolve(false), timeoutMs)
  const ready = await promise
  clearTimeout(timer)
  watch.close()
  if (!ready) return errno.ETIMEDOUT
  const value = new Uint8Array(4)
  const length = Uint8Array.of(4, 0, 0, 0)
  must('getsockopt(SO_ERROR)', getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length))
  return new DataView(value.buffer).getInt32(0, true)
}
