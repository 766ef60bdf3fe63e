import { Fault } from '#core/errors.ts'
import { encodeKey, encodeReply, familyOf, parseConnection, type Connection, type Tuple } from './conntrack-entry.ts'
import { errno, SystemError } from './libc.ts'
import { be32, messageFlag, netfilterHeader, netfilterHeaderLength, parseAttributes } from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'

export type { Connection, Counters, Tuple } from './conntrack-entry.ts'

interface Options {
  readonly namespace?: string
}

const subsystem = 1 << 8 // NFNL_SUBSYS_CTNETLINK
const message = { new: subsystem, get: subsystem | 1, delete: subsystem | 2, stats: subsystem | 5 }
const statsEntries = 1
const AF_UNSPEC = 0

const withSocket = <T>(options: Options, use: (socket: NetlinkSocket) => T): T => {
  const socket = new NetlinkSocket({
    protocol: protocol.netfilter,
    namespace: options.namespace,
    receiveBuffer: 1 << 20,
  })
  try {
    return use(socket)
  } catch (error) {
    throw explain(error)
  } finally {
    socket.close()
  }
}

const explain = (error: unknown): unknown => {
  if (!(error instanceof SystemError)) return error
  if (error.errno === errno.EPERM)
    return new Fault('privileges-missing', 'The kernel refused access to connection tracking.')
  if (error.errno === errno.EINVAL || error.errno === errno.EOPNOTSUPP)
    return new Fault('kernel-feature-missing', 'The kernel has no conntrack netlink (nf_conntrack_netlink).')
  return error
}

/** Every tracked connection of a namespace. A table of 100,000 entries takes tens of MiB. */
export const dumpConntrack = (options: Options = {}): Connection[] =>
  withSocket(options, (socket) =>
    socket
      .request(message.get, messageFlag.dump, netfilterHeader(AF_UNSPEC, 0))
      .map((part) => parseConnection(part.body))
      .filter((connection) => connection !== undefined),
  )

/** The connection whose packets look like this in one of its directions; found without reading the others. */
export const findConntrack = (tuple: Tuple, options: Options = {}): Connection | undefined =>
  withSocket(options, (socket) => {
    try {
      const [answer] = socket.request(message.get, 0, netfilterHeader(familyOf(tuple), 0), encodeReply(tuple))
      return answer && parseConnection(answer.body)
    } catch (error) {
      if (error instanceof SystemError && error.errno === errno.ENOENT) return undefined
      throw error
    }
  })

/** How many entries the table holds. */
export const countConntrack = (options: Options = {}): number =>
  withSocket(options, (socket) => {
    const [answer] = socket.request(message.stats, 0, netfilterHeader(AF_UNSPEC, 0))
    return answer === undefined ? 0 : (be32(parseAttributes(answer.body, netfilterHeaderLength).get(statsEntries)) ?? 0)
  })

/** Forgets every connection. Permitted traffic does not depend on them; redirected connections break. */
export const flushConntrack = (options: Options = {}): void => {
  withSocket(options, (socket) => socket.request(message.delete, 0, netfilterHeader(AF_UNSPEC, 0)))
}

const remove = (socket: NetlinkSocket, tuple: Tuple, id?: number, zone?: number): boolean => {
  try {
    socket.request(message.delete, 0, netfilterHeader(familyOf(tuple), 0), ...encodeKey(tuple, id, zone))
    return true
  } catch (error) {
    if (error instanceof SystemError && error.errno === errno.ENOENT) return false
    throw error
  }
}

/** Forgets one connection by its original tuple; `false` when there is none. */
export const deleteConntrack = (tuple: Tuple, options: Options = {}): boolean =>
  withSocket(options, (socket) => remove(socket, tuple))

/** Forgets every connection for which `matches` holds, e.g. all of a contained source, and returns how many. */
export const deleteConntrackWhere = (matches: (connection: Connection) => boolean, options: Options = {}): number =>
  withSocket(options, (socket) => {
    const chosen = dumpConntrack(options).filter(matches)
    return chosen.filter((connection) => remove(socket, connection.original, connection.id, connection.zone)).length
  })

export type ConntrackEvent = 'new' | 'update' | 'destroy'

export interface ConntrackWatchOptions extends Options {
  /** Default: all three. */
  readonly events?: readonly ConntrackEvent[]
  readonly onEvent: (event: ConntrackEvent, connection: Connection) => void
  /** Events were lost because this process was late; how many cannot be known. */
  readonly onOverflow: () => void
  /** Bytes the kernel may hold, default 4 MiB. */
  readonly receiveBuffer?: number
}

const groupBit: Record<ConntrackEvent, number> = { new: 1, update: 2, destroy: 4 }

/**
 * Reports connections as they are tracked. The kernel sends events only in namespaces with `net.netfilter.nf_conntrack_events` 1,
 * or 2 (the default of new kernels) once somebody listens.
 */
export const watchConntrack = (options: ConntrackWatchOptions): { close(): void } => {
  const events = options.events ?? ['new', 'update', 'destroy']
  const socket = new NetlinkSocket({
    protocol: protocol.netfilter,
    namespace: options.namespace,
    receiveBuffer: options.receiveBuffer ?? 4 << 20,
    groups: events.reduce((bits, event) => bits | groupBit[event], 0),
  })
  socket.listen((part) => {
    const connection = parseConnection(part.body)
    if (connection === undefined) return
    if (part.type === message.delete) options.onEvent('destroy', connection)
    // A new entry and a changed one have the same type; only the first says "created".
    else if (part.type === message.new)
      options.onEvent((part.flags & messageFlag.create) === 0 ? 'update' : 'new', connection)
  }, options.onOverflow)
  return { close: () => socket.close() }
}
