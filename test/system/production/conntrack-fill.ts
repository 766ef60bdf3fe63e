/** Fills the connection table of a namespace to its last place, with entries that the kernel does not drop for new ones, and says whom that hit. */
import { setImmediate } from 'node:timers/promises'
import { lastErrno, send, SystemError } from '#linux/libc.ts'
import {
  attribute,
  be32,
  encodeMessage,
  messageFlag,
  nested,
  netfilterHeader,
  netfilterHeaderLength,
  parseAttributes,
  toBe16,
  toBe32,
} from '#linux/netlink.ts'
import { NetlinkSocket, protocol } from '#linux/netlink-socket.ts'
import { readSysctl, sysctls } from '#linux/sysctl.ts'

const newConnection = 1 << 8 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
const processorCounts = newConnection | 4 // IPCTNL_MSG_CT_GET_STATS_CPU
const dropCount = 10 // CTA_STATS_DROP
// enum ctattr_type, linux/netfilter/nfnetlink_conntrack.h
const cta = { original: 1, reply: 2, status: 3, timeout: 7 }
// enum ip_conntrack_status: seen reply, assured, confirmed. Assured entries are not dropped early.
const status = 2 | 4 | 8
const UDP = 17
const ENOMEM = 12

const tuple = (type: number, from: readonly [number, number], to: readonly [number, number]) =>
  nested(
    type,
    nested(1, attribute(1, toBe32(from[0])), attribute(2, toBe32(to[0]))),
    nested(2, attribute(1, Uint8Array.of(UDP)), attribute(2, toBe16(from[1])), attribute(3, toBe16(to[1]))),
  )
const server = [0xcb_00_71_01, 9] as const // 203.0.113.1
const client = [0xcb_00_71_7f, 0xf123] as const
const flags = messageFlag.create | messageFlag.excl
const body = [
  netfilterHeader(2, 0),
  tuple(cta.original, client, server),
  tuple(cta.reply, server, client),
  attribute(cta.status, toBe32(status)),
  attribute(cta.timeout, toBe32(3600)),
]
/** Entries per system call. Encoding each anew would take ten times as long as the kernel does. */
const batch = 100
const message = encodeMessage({ type: newConnection, flags: flags | messageFlag.request, sequence: 0 }, ...body)

/** Where the client's address or port stands in the message: in the original and in the reply tuple. */
const placesOf = (value: Uint8Array): number[] => {
  const bytes = Buffer.from(message)
  const first = bytes.indexOf(value)
  return [first, bytes.indexOf(value, first + 1)]
}
const addressPlaces = placesOf(toBe32(client[0]))
const portPlaces = placesOf(toBe16(client[1]))

/** The messages of one batch, for entries from `first` on. */
const write = (view: DataView, first: number): void => {
  for (let index = 0; index < batch; index++) {
    const number = first + index
    const at = index * message.length
    for (const place of addressPlaces) view.setUint32(at + place, client[0] + Math.floor(number / 60_000))
    for (const place of portPlaces) view.setUint16(at + place, 1024 + (number % 60_000))
  }
}

/**
 * The size of the table is one for all namespaces and can be set in the first alone, so it is really filled.
 * @throws SystemError when the kernel takes no connections, Error when it takes more than its limit
 */
export const fillConntrack = async (namespace: string): Promise<void> => {
  const limit = Number(readSysctl(sysctls.conntrackMax, { namespace }))
  const socket = new NetlinkSocket({ protocol: protocol.netfilter, namespace, receiveBuffer: 4 << 20 })
  const bytes = Buffer.concat(Array.from({ length: batch }, () => message))
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  try {
    for (let made = 0; made <= limit; made += batch) {
      write(view, made)
      if (send(socket.fd, bytes, bytes.length, 0) < 0) throw new SystemError('send', lastErrno())
      if (made % (batch * 100) === 0) await setImmediate()
    }
    const refused = (): boolean => {
      try {
        socket.request(newConnection, flags, ...body)
        return false
      } catch (error) {
        if (error instanceof SystemError && error.errno === ENOMEM) return true
        throw error
      }
    }
    if (!refused()) throw new Error(`the connection table takes more than its ${limit} entries`)
  } finally {
    socket.close()
  }
}

/** Packets that the kernel dropped because it could not track them, since the namespace exists. */
export const untrackable = (namespace: string): number => {
  const socket = new NetlinkSocket({ protocol: protocol.netfilter, namespace })
  try {
    return socket
      .request(processorCounts, messageFlag.dump, netfilterHeader(0, 0))
      .reduce((sum, one) => sum + (be32(parseAttributes(one.body, netfilterHeaderLength).get(dropCount)) ?? 0), 0)
  } finally {
    socket.close()
  }
}
