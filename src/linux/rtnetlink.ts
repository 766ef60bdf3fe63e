import { host32, messageFlag, parseAttributes, text, u8, viewOf, type NetlinkMessage } from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'

export interface Link {
  readonly index: number
  readonly name: string
  /** Set administratively up. */
  readonly up: boolean
  /** The physical layer has a signal. */
  readonly carrier: boolean
  readonly mtu: number
  /** Lower-case hexadecimal with colons; empty when the link has none. */
  readonly mac: string
  /** Index of the bridge or bond it belongs to. */
  readonly master?: number
  /** The driver's kind for virtual links: `bridge`, `veth`, `vlan`… */
  readonly kind?: string
}

export interface LinkChange {
  readonly kind: 'appeared' | 'disappeared' | 'changed'
  readonly link: Link
  /** The link as last seen; absent when it appeared. */
  readonly before?: Link
}

const newLink = 16
const delLink = 17
const getLink = 18
const groupLink = 1
const ifla = { address: 1, name: 3, mtu: 4, master: 10, linkInfo: 18, carrier: 33 } as const
const infoKind = 1
const flagUp = 1
const flagLowerUp = 1 << 16
const AF_UNSPEC = 0

/** Reads an RTM_NEWLINK or RTM_DELLINK body (`struct ifinfomsg` and attributes). Never throws. */
export const parseLink = (body: Uint8Array): Link | undefined => {
  // A bridge sends the same message types about its ports with its own family and fewer attributes.
  if (body.length < 16 || body[0] !== AF_UNSPEC) return undefined
  const view = viewOf(body)
  const attributes = parseAttributes(body, 16)
  const name = text(attributes.get(ifla.name))
  if (name === undefined) return undefined
  const flags = view.getUint32(8, true)
  const master = host32(attributes.get(ifla.master))
  const info = attributes.get(ifla.linkInfo)
  const kind = info === undefined ? undefined : text(parseAttributes(info).get(infoKind))
  const carrier = u8(attributes.get(ifla.carrier))
  return {
    index: view.getInt32(4, true),
    name,
    up: (flags & flagUp) !== 0,
    carrier: carrier === undefined ? (flags & flagLowerUp) !== 0 : carrier === 1,
    mtu: host32(attributes.get(ifla.mtu)) ?? 0,
    mac: Buffer.from(attributes.get(ifla.address) ?? [])
      .toString('hex')
      .replace(/(..)(?=.)/g, '$1:'),
    ...(master === undefined || master === 0 ? {} : { master }),
    ...(kind === undefined ? {} : { kind }),
  }
}

/** What the kernel says of all links of a namespace: a `struct ifinfomsg` and attributes each. */
export const linkBodies = (options: { readonly namespace?: string | undefined } = {}): Uint8Array[] => {
  const socket = new NetlinkSocket({ protocol: protocol.route, namespace: options.namespace })
  try {
    const request = new Uint8Array(16)
    return socket
      .request(getLink, messageFlag.dump, request)
      .filter((message) => message.type === newLink)
      .map((message) => message.body)
  } finally {
    socket.close()
  }
}

/** All links of a namespace, by index. */
export const links = (options: { namespace?: string } = {}): Link[] =>
  linkBodies(options)
    .map(parseLink)
    .filter((link) => link !== undefined)

export interface LinkWatch {
  /** The links as last reported. */
  readonly links: ReadonlyMap<number, Link>
  close(): void
}

const same = (a: Link, b: Link): boolean =>
  a.name === b.name &&
  a.up === b.up &&
  a.carrier === b.carrier &&
  a.mtu === b.mtu &&
  a.mac === b.mac &&
  a.master === b.master &&
  a.kind === b.kind

/**
 * Calls `onChange` for every link that appears, disappears or changes a field of {@link Link}. Links that exist already are not
 * reported; they are in `links`. When the kernel had to throw messages away, everything is read again and the difference reported.
 */
export const watchLinks = (onChange: (change: LinkChange) => void, options: { namespace?: string } = {}): LinkWatch => {
  const socket = new NetlinkSocket({ protocol: protocol.route, namespace: options.namespace, groups: groupLink })
  const known = new Map<number, Link>()
  const see = (link: Link) => {
    const before = known.get(link.index)
    known.set(link.index, link)
    if (before === undefined) onChange({ kind: 'appeared', link })
    else if (!same(before, link)) onChange({ kind: 'changed', link, before })
  }
  const lose = (link: Link) => {
    const before = known.get(link.index)
    if (before === undefined) return
    known.delete(link.index)
    onChange({ kind: 'disappeared', link, before })
  }
  const resync = () => {
    const present = new Map(links(options).map((link) => [link.index, link]))
    for (const link of known.values()) if (!present.has(link.index)) lose(link)
    for (const link of present.values()) see(link)
  }
  const onMessage = (message: NetlinkMessage) => {
    if (message.type !== newLink && message.type !== delLink) return
    const link = parseLink(message.body)
    if (link !== undefined) (message.type === newLink ? see : lose)(link)
  }
  try {
    // After the socket has joined its group, so that nothing falls between the snapshot and the first message.
    for (const link of links(options)) known.set(link.index, link)
    socket.listen(onMessage, resync)
  } catch (error) {
    socket.close()
    throw error
  }
  return { links: known, close: () => socket.close() }
}
