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

/** @returns whether it was there */
const remove = (socket: NetlinkSocket, { original, id, zone }: Connection): boolean => {
  try {
    socket.request(message.delete, 0, netfilterHeader(familyOf(original), 0), ...encodeKey(original, id, zone))
    return true
  } catch (error) {
    if (error instanceof SystemError && error.errno === errno.ENOENT) return false
    throw error
  }
}

/** Forgets every connection for which `matches` holds, e.g. all of a contained source, and returns how many. */
export const deleteConntrackWhere = (matches: (connection: Connection) => boolean, options: Options = {}): number =>
  withSocket(options, (socket) => {
    const chosen = dumpConntrack(options).filter(matches)
    return chosen.filter((connection) => remove(socket, connection)).length
  })
