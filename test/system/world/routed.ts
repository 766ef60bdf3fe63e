/** A plant on the two sides of an edge that routes: `plant` and `cell`, with IPv4 and IPv6 alike. */
import { writeSysctl } from '#linux/sysctl.ts'
import { createWorld, type HostOptions, type World } from './world.ts'

/** Networks of the two sides, and the edge's own address in each: .1 and ::1. */
const networks = {
  plant: { 4: '198.18.2', 6: 'fd00:198:18:2' },
  cell: { 4: '198.18.1', 6: 'fd00:198:18:1' },
} as const

export interface RoutedHost {
  readonly port: keyof typeof networks
  /** Last part of its addresses and of its MAC. */
  readonly number: number
}

/** Addresses of a host, by IP version. */
export const addressesOf = ({ port, number }: RoutedHost) => ({
  4: `${networks[port][4]}.${number}`,
  6: `${networks[port][6]}::${number}`,
})
export const macOf = ({ number }: RoutedHost): string => `02:00:00:00:01:${String(number).padStart(2, '0')}`

const hostOf = (host: RoutedHost): HostOptions => ({
  port: host.port,
  mac: macOf(host),
  ip4: `${addressesOf(host)[4]}/24`,
  ip6: `${addressesOf(host)[6]}/64`,
  gateway4: `${networks[host.port][4]}.1`,
  gateway6: `${networks[host.port][6]}::1`,
})

export const createRoutedWorld = async (name: string, hosts: Readonly<Record<string, RoutedHost>>): Promise<World> => {
  const world = await createWorld({
    name,
    ports: ['plant', 'cell'],
    bridged: false,
    hosts: Object.fromEntries(Object.entries(hosts).map(([who, host]) => [who, hostOf(host)])),
  })
  const add = (who: string, address: string, device: string, ...more: readonly string[]) =>
    world.exec(who, 'ip', ['address', 'add', address, 'dev', device, ...more])
  // Neighbours are asked from a link-local address, which the world leaves out for its silence.
  for (const [who, { number }] of Object.entries(hosts)) await add(who, `fe80::${number}/64`, 'eth0', 'nodad')
  for (const port of ['plant', 'cell']) await world.exec('edge', 'ip', ['link', 'set', port, 'addrgenmode', 'none'])
  writeSysctl('net.ipv6.conf.all.disable_ipv6', 0, { namespace: world.edge })
  for (const [port, network] of Object.entries(networks)) {
    await add('edge', `${network[4]}.1/24`, port)
    for (const address of [`${network[6]}::1`, 'fe80::1']) await add('edge', `${address}/64`, port, 'nodad')
  }
  return world
}
