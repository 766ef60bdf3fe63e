import { isIP, isIPv6 } from 'node:net'
import { Fault } from '#core/errors.ts'
import { runIp } from './ip.ts'
import { bindSocket, close, errno, lastErrno, listenSocket, must, open, setIntOption, setns, socket, errnoText } from './libc.ts'
import { socketAddress } from './socket-address.ts'

const CLONE_NEWNET = 0x40000000
const O_RDONLY_CLOEXEC = 0o2000000
const AF_INET = 2
const AF_INET6 = 10
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const IPPROTO_IPV6 = 41
const IPV6_V6ONLY = 26

const pathOf = (name: string): string => {
  // The name becomes a file name under /run/netns; anything else would reach other files.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name)) throw new Fault('usage', `"${name}" is no name for a namespace.`)
  return `/run/netns/${name}`
}

/** Creates a network namespace with its loopback up. */
export const createNamespace = async (name: string): Promise<void> => {
  pathOf(name)
  await runIp(['netns', 'add', name])
  await runIp(['link', 'set', 'lo', 'up'], { namespace: name })
}

/** Deletes a network namespace; its interfaces go with it once no process or socket is left inside. */
export const deleteNamespace = async (name: string): Promise<void> => {
  pathOf(name)
  await runIp(['netns', 'delete', name])
}

/**
 * Runs `fn` with this thread inside the network namespace and comes back before returning. A socket opened inside stays there.
 * `fn` must be synchronous: after an await, other code of the process would run in the wrong network.
 * @throws Fault `not-found` when there is no such namespace
 */
export const inNamespace = <T>(name: string, fn: () => T): T => {
  const path = pathOf(name)
  const home = must('open(/proc/thread-self/ns/net)', open('/proc/thread-self/ns/net', O_RDONLY_CLOEXEC))
  try {
    const target = open(path, O_RDONLY_CLOEXEC)
    if (target < 0) {
      const error = lastErrno()
      if (error === errno.ENOENT) throw new Fault('not-found', `There is no network namespace "${name}".`)
      throw new Fault('privileges-missing', `Network namespace "${name}" cannot be opened: ${errnoText(error)}.`)
    }
    try {
      must(`setns(${name})`, setns(target, CLONE_NEWNET))
    } finally {
      close(target)
    }
    try {
      const result = fn()
      if (result instanceof Promise) throw new Fault('internal', 'inNamespace was given an asynchronous function.')
      return result
    } finally {
      // In the wrong network nothing this process does is safe any more.
      if (setns(home, CLONE_NEWNET) < 0) process.abort()
    }
  } finally {
    close(home)
  }
}

const within = <T>(name: string | undefined, fn: () => T): T => (name === undefined ? fn() : inNamespace(name, fn))
/** {@link inNamespace} where the namespace is optional: without a name `fn` runs in this process's own network. */
export const inOptionalNamespace = within

export interface Endpoint {
  /** An IPv4 or IPv6 address, not a name. */
  readonly host: string
  /** 0 lets the kernel choose. */
  readonly port: number
}

const boundSocket = (name: string | undefined, type: number, endpoint: Endpoint): number => {
  if (isIP(endpoint.host) === 0) throw new Fault('usage', `"${endpoint.host}" is no IP address.`)
  const v6 = isIPv6(endpoint.host)
  const fd = within(name, () => must('socket', socket(v6 ? AF_INET6 : AF_INET, type | SOCK_FLAGS, 0)))
  try {
    if (type === SOCK_STREAM) setIntOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if (v6) setIntOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    const address = socketAddress(endpoint.host, endpoint.port)
    must(`bind ${endpoint.host} port ${endpoint.port} in ${name ?? 'this namespace'}`, bindSocket(fd, address, address.length))
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
export const bindUdpIn = (name: string | undefined, endpoint: Endpoint): number => boundSocket(name, SOCK_DGRAM, endpoint)
