/** What a world consists of, as `ip` commands. Pure. */

export interface HostOptions {
  /** Port of the edge that it is behind. */
  readonly port: string
  readonly mac: string
  /** With prefix length, e.g. `198.18.1.10/24`. */
  readonly ip4?: string
  readonly ip6?: string
  /** Default gateways. */
  readonly gateway4?: string
  readonly gateway6?: string
}

export interface WorldOptions {
  /** Prefix of the names of its namespaces; worlds that exist at the same time need different ones. */
  readonly name?: string
  /** Interfaces of the edge, named as in the policy. */
  readonly ports: readonly string[]
  readonly hosts?: Readonly<Record<string, HostOptions>>
  /** Name of the bridge. Without `bridged: false` it exists when the world is up. */
  readonly bridge?: string
  /** Address of the bridge itself, CIDR. */
  readonly address?: string
  /** False: the edge namespace has its ports only, and whoever is tested makes the bridge. */
  readonly bridged?: boolean
  /** MTU of every wire. */
  readonly mtu?: number
}

/** The interface of a field namespace that is the wire to the edge's port. */
export const wire = 'wire'
/** The one interface of a host. */
export const hostDevice = 'eth0'
export const fieldSwitch = 'switch'

export const namespaces = ({ name = 'w', ports, hosts = {} }: WorldOptions) => ({
  edge: `${name}-edge`,
  fields: new Map(ports.map((port) => [port, `${name}-at-${port}`])),
  hosts: new Map(Object.keys(hosts).map((host) => [host, `${name}-${host}`])),
})
export type Namespaces = ReturnType<typeof namespaces>

export const allNamespaces = ({ edge, fields, hosts }: Namespaces): string[] => [
  edge,
  ...fields.values(),
  ...hosts.values(),
]

type Commands = readonly (readonly string[])[]
const mtuOf = ({ mtu }: WorldOptions) => (mtu === undefined ? [] : ['mtu', String(mtu)])

/**
 * The kernel reports a carrier at once only where the two ends of a veth pair have different indexes; otherwise it may wait a
 * second, in which a bridge does not forward.
 */
const index = { edge: 100, wire: 200, host: 300, switchPort: 400 } as const
type Place = keyof typeof index

const pair = (
  options: WorldOptions,
  at: number,
  ends: readonly (readonly [Place, string, string | undefined, ...string[]])[],
) => {
  const [near = [], far = []] = ends.map(([place, device, namespace = '', ...more]) => [
    device,
    'index',
    String(index[place] + at),
    'netns',
    namespace,
    ...(options.mtu === undefined ? [] : ['mtu', String(options.mtu)]),
    ...more,
  ])
  return ['link', 'add', ...near, 'type', 'veth', 'peer', ...far]
}

/** Namespaces and the wires between them. To be run outside of them, in order. */
export const wiring = (options: WorldOptions, names: Namespaces): Commands => [
  ...allNamespaces(names).map((namespace) => ['netns', 'add', namespace]),
  ...[...names.fields].map(([port, field], at) =>
    pair(options, at, [
      ['edge', port, names.edge],
      ['wire', wire, field],
    ]),
  ),
  ...Object.entries(options.hosts ?? {}).map(([host, { port, mac }], at) =>
    pair(options, at, [
      ['host', hostDevice, names.hosts.get(host), 'address', mac],
      ['switchPort', switchPort(options, host), names.fields.get(port)],
    ]),
  ),
]

/** Names of hosts may be longer than names of interfaces. */
const switchPort = ({ hosts = {} }: WorldOptions, host: string) => `to${Object.keys(hosts).indexOf(host)}`

/** A plain switch with the wire and all hosts of the port on it. Without hosts the wire stays alone. */
export const fieldCommands = (options: WorldOptions, port: string): Commands => {
  const here = Object.entries(options.hosts ?? {})
    .filter(([, host]) => host.port === port)
    .map(([host]) => switchPort(options, host))
  if (here.length === 0) return [['link', 'set', wire, 'up']]
  const mode = ['stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0', 'group_fwd_mask', '0xfff8']
  return [
    ['link', 'add', fieldSwitch, ...mtuOf(options), 'type', 'bridge', ...mode],
    ...[wire, ...here].map((device) => ['link', 'set', device, 'master', fieldSwitch, 'up']),
    ['link', 'set', fieldSwitch, 'up'],
  ]
}

export const hostCommands = ({ ip4, ip6, gateway4, gateway6 }: HostOptions): Commands => [
  ['link', 'set', 'lo', 'up'],
  ['link', 'set', hostDevice, 'addrgenmode', 'none'],
  ['link', 'set', hostDevice, 'up'],
  ...(ip4 === undefined ? [] : [['address', 'add', ip4, 'dev', hostDevice]]),
  ...(ip6 === undefined ? [] : [['address', 'add', ip6, 'dev', hostDevice, 'nodad']]),
  ...(gateway4 === undefined ? [] : [['route', 'add', 'default', 'via', gateway4]]),
  ...(gateway6 === undefined ? [] : [['route', 'add', '::/0', 'via', gateway6]]),
]
