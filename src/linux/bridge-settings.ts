/**
 * How a bridge and its ports have to be set so that every frame passes and nothing on the wire can see them, and what of that does not
 * hold: read straight from netlink, so that it can be looked at every few seconds. Numbers are those of linux/if_link.h.
 */
import { parseAttributes, viewOf, type Attributes } from './netlink.ts'
import { linkBodies, parseLink } from './rtnetlink.ts'

interface Setting {
  readonly attribute: number
  readonly bytes: 1 | 2 | 4
  readonly right: number
  /** What `ip link set … type bridge` or `bridge_slave` is told. */
  readonly words: readonly [name: string, value: string]
  /** What is wrong otherwise. */
  readonly otherwise: string
  /** Is only set where it is wrong: a kernel without VLAN filtering refuses to be told that there is none. */
  readonly rarely?: true
}

const flag = (attribute: number, right: 0 | 1, words: Setting['words'], otherwise: string): Setting => ({
  attribute,
  bytes: 1,
  right,
  words,
  otherwise,
})

/**
 * All link-local groups but the three the kernel never forwards (bits 0-2 need bit 0x7 cleared: pause frames and slow
 * protocols are consumed by the MAC). Without it a bridge eats LLDP and PTP peer delay.
 */
const groupForwardMask = 0xfff8

/** In this order: the kernel refuses a forward delay of 0 as long as spanning tree runs. */
export const bridgeSettings: readonly Setting[] = [
  { attribute: 5, bytes: 4, right: 0, words: ['stp_state', '0'], otherwise: 'spanning tree is on' },
  { attribute: 1, bytes: 4, right: 0, words: ['forward_delay', '0'], otherwise: 'it has a forward delay' },
  flag(23, 0, ['mcast_snooping', '0'], 'multicast snooping is on'),
  {
    attribute: 9,
    bytes: 2,
    right: groupForwardMask,
    words: ['group_fwd_mask', String(groupForwardMask)],
    otherwise: 'link-local groups such as LLDP are not forwarded',
  },
  flag(36, 0, ['nf_call_iptables', '0'], 'it gives IPv4 to the IP hooks whatever the sysctls say'),
  flag(37, 0, ['nf_call_ip6tables', '0'], 'it gives IPv6 to the IP hooks whatever the sysctls say'),
  flag(38, 0, ['nf_call_arptables', '0'], 'it gives ARP to the ARP hooks whatever the sysctls say'),
  { ...flag(7, 0, ['vlan_filtering', '0'], 'VLAN filtering is on'), rarely: true },
]

export const portSettings: readonly Setting[] = [
  flag(33, 0, ['isolated', 'off'], 'it is isolated from other ports'),
  flag(8, 1, ['learning', 'on'], 'it does not learn addresses'),
  flag(9, 1, ['flood', 'on'], 'frames to addresses that were not learned are not sent there'),
  flag(27, 1, ['mcast_flood', 'on'], 'multicasts are not sent there'),
  flag(30, 1, ['bcast_flood', 'on'], 'broadcasts are not sent there'),
  flag(4, 0, ['hairpin', 'off'], 'frames are sent back where they came from'),
  flag(5, 0, ['guard', 'off'], 'a frame of spanning tree shuts it'),
  flag(10, 0, ['proxy_arp', 'off'], 'ARP is answered for others'),
  flag(32, 0, ['neigh_suppress', 'off'], 'ARP is answered for others'),
]

const linkInfo = 18 // IFLA_LINKINFO
const info = { data: 2, slaveData: 5 } as const

const valueOf = (found: Attributes, { attribute, bytes }: Setting): number | undefined => {
  const value = found.get(attribute)
  if (value === undefined || value.length < bytes) return undefined
  const view = viewOf(value)
  return bytes === 1 ? view.getUint8(0) : bytes === 2 ? view.getUint16(0, true) : view.getUint32(0, true)
}

export interface WrongSetting {
  /** The bridge or the port. */
  readonly device: string
  /** What is wrong, as half a sentence. */
  readonly what: string
  /** What sets it right, for `ip`. */
  readonly command: readonly string[]
}

const wrongOf = (device: string, kind: 'bridge' | 'bridge_slave', data: Attributes, settings: readonly Setting[]) =>
  settings.flatMap((setting): WrongSetting[] => {
    const value = valueOf(data, setting)
    // What this kernel does not have cannot be wrong.
    if (value === undefined || value === setting.right) return []
    const command = ['link', 'set', 'dev', device, 'type', kind, ...setting.words]
    return [{ device, what: setting.otherwise, command }]
  })

/** What is not as it should be of a bridge and those of its ports that are named. */
export const wrongSettings = (
  bridge: string,
  ports: readonly string[],
  options: { readonly namespace?: string | undefined } = {},
): WrongSetting[] =>
  linkBodies(options).flatMap((body) => {
    const link = parseLink(body)
    if (link === undefined) return []
    const found = parseAttributes(body, 16)
    const about = parseAttributes(found.get(linkInfo) ?? new Uint8Array())
    const data = (type: number) => parseAttributes(about.get(type) ?? new Uint8Array())
    if (link.name === bridge) return wrongOf(bridge, 'bridge', data(info.data), bridgeSettings)
    if (!ports.includes(link.name) || link.master === undefined) return []
    return wrongOf(link.name, 'bridge_slave', data(info.slaveData), portSettings)
  })
