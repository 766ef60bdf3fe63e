/** The plant as `ip` commands: a switch per edge port, a namespace per machine, and the edge between the switches. Pure. */
import type { Host } from './hosts.ts'

/** The far end of an edge port's cable, on the switch. */
export const uplink = (device: string): string => `up-${device}`
const switchOf = (port: string): string => `sw-${port}`
/** Everybody is on one network: the edge goes into a plant without changing an address. */
const prefix4 = 24
const prefix6 = 48

/**
 * The kernel reports a carrier at once only where the two ends of a veth pair have different indexes; else a bridge may wait a
 * second for it.
 */
const firstIndex = { switch: 100, edge: 200, uplink: 300, host: 400, socket: 500 } as const
/** From one site's indexes to the next one's. */
const stride = 1000

const index = (what: keyof typeof firstIndex, at: number, place: number): number =>
  firstIndex[what] + at + stride * place

const quiet = 'stp_state 0 forward_delay 0 mcast_snooping 0'

export interface Wires {
  readonly namespace: string
  readonly place: number
  readonly devices: readonly string[]
  readonly hosts: readonly Host[]
}

/** Switches, namespaces and cables of a site; run where the switches are. */
export const wiring = ({ namespace, place, devices, hosts }: Wires): string[] => [
  ...[namespace, ...hosts.map(({ name }) => name)].map((name) => `netns add ${name}`),
  ...devices.flatMap((device, at) => [
    `link add ${switchOf(device)} index ${index('switch', at, place)} type bridge ${quiet}`,
    `link add ${uplink(device)} index ${index('uplink', at, place)} type veth peer ${device} index ${index('edge', at, place)} netns ${namespace}`,
    `link set ${uplink(device)} master ${switchOf(device)} up`,
  ]),
  ...hosts.flatMap(({ name, mac, port }, at) => [
    `link add ${name} index ${index('socket', at, place)} type veth peer eth0 index ${index('host', at, place)} netns ${name} address ${mac}`,
    `link set ${name} master ${switchOf(port)} up`,
  ]),
  ...devices.map((device) => `link set ${switchOf(device)} up`),
]

/** Inside the edge before its daemon makes the bridge. */
export const edgeSetup = (devices: readonly string[]): string[] => [
  'link set lo up',
  ...devices.map((device) => `link set ${device} addrgenmode none up`),
]

/** The networks of the sites (RFC 2544), and that of somebody outside (RFC 5737). */
const [plants, outside] = ['198.18.0.0/15', '203.0.113.0/24']
const plant = /^198\.1[89]\./

/** Inside one machine. */
export const hostSetup = ({ ip, ip6, stranger }: Host): string[] => [
  'link set lo up',
  ...(stranger ? ['link set eth0 addrgenmode none'] : []),
  'link set eth0 up',
  `address add ${ip}/${prefix4} dev eth0`,
  // Whoever comes from another network is on this one all the same, as behind a router that answers for it.
  `route add ${plant.test(ip) ? outside : plants} dev eth0`,
  ...(ip6 === undefined ? [] : [`address add ${ip6}/${prefix6} dev eth0 nodad`]),
]
