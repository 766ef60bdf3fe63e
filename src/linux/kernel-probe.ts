import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { errno, SystemError } from './libc.ts'
import { attribute, messageFlag, nested, netfilterHeader, toBe32 } from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'

const AF_INET = 2
const compatGet = 11 << 8 // NFNL_SUBSYS_NFT_COMPAT, NFNL_MSG_COMPAT_GET
const compat = { name: 1, revision: 2, type: 3 }
const compatTarget = 1
const newLink = 16
const linkInfo = 18
const infoKind = 1

const ask = (
  options: { protocol: number; namespace: string | undefined },
  use: (socket: NetlinkSocket) => void,
): number => {
  const socket = new NetlinkSocket(options)
  try {
    use(socket)
    return 0
  } catch (error) {
    if (error instanceof SystemError) return error.errno
    throw error
  } finally {
    socket.close()
  }
}

/** Whether the kernel has the xtables target at this revision, for IPv4 through nft. */
export const hasNetfilterTarget = (name: string, revision: number, namespace: string | undefined): boolean =>
  ask({ protocol: protocol.netfilter, namespace }, (socket) =>
    socket.request(
      compatGet,
      0,
      netfilterHeader(AF_INET, 0),
      attribute(compat.name, Buffer.from(`${name}\0`)),
      attribute(compat.revision, toBe32(revision)),
      attribute(compat.type, toBe32(compatTarget)),
    ),
  ) === 0

/**
 * Whether the kernel can make links of a kind. It is asked to make one without the lower link and the options every such kind
 * needs, so it refuses in either case: with EOPNOTSUPP when it does not know the kind, otherwise for what is not there.
 */
export const hasLinkKind = (kind: 'vlan' | 'macvlan', namespace: string | undefined): boolean => {
  const error = ask({ protocol: protocol.route, namespace }, (socket) =>
    socket.request(
      newLink,
      messageFlag.create | messageFlag.excl,
      new Uint8Array(16),
      nested(linkInfo, attribute(infoKind, Buffer.from(`${kind}\0`))),
    ),
  )
  return error !== errno.EOPNOTSUPP && error !== errno.EPERM
}

/** The path of a command on PATH, administrators' folders included. */
export const findCommand = (name: string): string | undefined => {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
