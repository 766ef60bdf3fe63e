/** Fills the connection table of a namespace to its last place, with entries that the kernel does not drop for new ones. */
import { setImmediate } from 'node:timers/promises'
import { readSysctl, sysctls } from '#linux/sysctl.ts'
import { errno, SystemError } from '#linux/libc.ts'
import { attribute, messageFlag, nested, netfilterHeader, toBe16, toBe32 } from '#linux/netlink.ts'
import { NetlinkSocket, protocol } from '#linux/netlink-socket.ts'

const newConnection = 1 << 8 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
// enum ctattr_type, linux/netfilter/nfnetlink_conntrack.h
const cta = { original: 1, reply: 2, status: 3, timeout: 7 }
// enum ip_conntrack_status: seen reply, assured, confirmed. Assured entries are not dropped early.
const status = 2 | 4 | 8
const UDP = 17

const tuple = (type: number, from: readonly [number, number], to: readonly [number, number]) =>
  nested(
    type,
    nested(1, attribute(1, toBe32(from[0])), attribute(2, toBe32(to[0]))),
    nested(2, attribute(1, Uint8Array.of(UDP)), attribute(2, toBe16(from[1])), attribute(3, toBe16(to[1]))),
  )

/** Entries per turn of the event loop. */
const slice = 2000
const network = 0xcb_00_71_00 // 203.0.113.0/24

/**
 * The size of the table is one for all namespaces and can be set in the first alone, so it is really filled.
 * @returns entries made until the kernel refused the next
 */
export const fillConntrack = async (namespace: string): Promise<number> => {
  const limit = Number(readSysctl(sysctls.conntrackMax, { namespace }))
  const socket = new NetlinkSocket({ protocol: protocol.netfilter, namespace, receiveBuffer: 1 << 20 })
  const rest = [attribute(cta.status, toBe32(status)), attribute(cta.timeout, toBe32(3600))]
  try {
    for (let made = 0; made <= limit; made++) {
      const from = [network + 1 + Math.floor(made / 60_000), 1024 + (made % 60_000)] as const
      const to = [network, 9] as const
      try {
        const body = [tuple(cta.original, from, to), tuple(cta.reply, to, from), ...rest]
        socket.request(newConnection, messageFlag.create | messageFlag.excl, netfilterHeader(2, 0), ...body)
      } catch (error) {
        if (error instanceof SystemError && error.errno === errno.ENOMEM) return made
        throw error
      }
      if (made % slice === 0) await setImmediate()
    }
    throw new Error(`the connection table takes more than its ${limit} entries`)
  } finally {
    socket.close()
  }
}
