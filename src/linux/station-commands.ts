/** The `ip` and `bridge` commands by which stations come and go. Pure. */
import type { Command } from './station-batch.ts'
import { routeWindow, stationDevice, type StationStack } from './station-stack.ts'

export interface Hub {
  /** Port of the bridge behind which stations live. */
  readonly device: string
  readonly bridge: string
  /** Namespace that holds the other end of its cable; those of stations are named after it, with a number behind: `NAME-0`. */
  readonly namespace: string
}

export interface StationLink {
  readonly namespace: string
  readonly mac: string
  /** Of the network its addresses lie in, in CIDR notation. */
  readonly network: string
  readonly gateway?: string | undefined
  readonly stack: StationStack
}

/** The other end of the cable; stations hang on it. */
export const trunk = 'trunk'

/** The cable between bridge and stations. @param mtu bytes, as the bridge has it: a smaller port would make it smaller */
export const hubCommands = ({ device, namespace }: Hub, mtu: number): readonly Command[] => [
  `netns add ${namespace}`,
  `link add ${device} mtu ${mtu} type veth peer name ${trunk} mtu ${mtu} netns ${namespace}`,
  `link set dev ${device} addrgenmode none`,
]

/**
 * The port takes broadcasts, which ask for addresses, and what is for a station's Ethernet address. It learns nothing, so that
 * nobody behind it can draw the frames of others to itself.
 */
export const joinCommands = ({ device, bridge }: Hub): readonly Command[] => [
  `link set dev ${device} master ${bridge}`,
  `link set dev ${device} type bridge_slave learning off flood off mcast_flood off bcast_flood on hairpin off`,
  `link set dev ${device} up`,
]

export const trunkCommands: readonly Command[] = [`link set dev ${trunk} addrgenmode none`, `link set dev ${trunk} up`]

/** In the hub's namespace: an interface with an Ethernet address of its own, in the station's namespace. */
export const linkCommand = ({ namespace, mac }: Pick<StationLink, 'namespace' | 'mac'>): Command =>
  `link add link ${trunk} name ${stationDevice} address ${mac} netns ${namespace} type macvlan mode private`

const metrics = (stack: StationStack): string =>
  `window ${routeWindow(stack)}${stack.mss === undefined ? '' : ` advmss ${stack.mss}`}`

export type StationRoutes = Pick<StationLink, 'network' | 'gateway' | 'stack'>

/** Without a router everybody who asks is on this wire, whatever network his address is of. */
const routeCommands = ({ network, gateway, stack }: StationRoutes): readonly Command[] => [
  `route replace ${network} dev ${stationDevice} scope link ${metrics(stack)}`,
  `route replace default ${gateway === undefined ? 'scope link' : `via ${gateway}`} dev ${stationDevice} ${metrics(stack)}`,
]

/** In the station's namespace, once its sysctls are set: nothing is said when it comes up. */
export const upCommands = [
  'link set dev lo up',
  `link set dev ${stationDevice} addrgenmode none`,
  `link set dev ${stationDevice} up`,
] as const satisfies readonly Command[]

export interface AddressChange {
  readonly leave: readonly string[]
  readonly appear: readonly string[]
}

/** Routes have the window of the persona. They go with the last address of an interface, so they are set with those that come. */
export const addressCommands = (
  prefix: number,
  { leave, appear }: AddressChange,
  routes: StationRoutes,
): readonly Command[] => [
  ...leave.map((address) => `address delete ${address}/${prefix} dev ${stationDevice}`),
  ...appear.map((address) => `address replace ${address}/${prefix} dev ${stationDevice} noprefixroute`),
  ...(appear.length === 0 ? [] : routeCommands(routes)),
]

/** Where the bridge sends what is for a station: it learns nothing from the port. */
export const forwardingCommands = (
  { device }: Pick<Hub, 'device'>,
  { leave, appear }: { readonly leave: readonly string[]; readonly appear: readonly string[] },
): readonly Command[] => [
  ...leave.map((mac) => `fdb delete ${mac} dev ${device} master`),
  ...appear.map((mac) => `fdb replace ${mac} dev ${device} master static`),
]
