/** Stations of decoys: network namespaces with one Ethernet address each, behind one port of a bridge, that only ever answer. */
import { readdirSync } from 'node:fs'
import { Fault } from '#core/errors.ts'
import { inNamespace } from './enter-namespace.ts'
import { ipLinks } from './ip.ts'
import { setIntOption } from './libc.ts'
import { bindUdpIn, listenIn } from './namespace-sockets.ts'
import { Nft } from './nftables.ts'
import { describeNftError } from './nft-error.ts'
import { runBatch } from './station-batch.ts'
import {
  addressCommands,
  forwardingCommands,
  hubCommands,
  joinCommands,
  linkCommand,
  trunkCommands,
  upCommands,
  type AddressChange,
  type Hub,
  type StationLink,
  type StationRoutes,
} from './station-commands.ts'
import {
  silentIpv6,
  stationArpRules,
  stationDevice,
  stationHeaderRules,
  stationRules,
  stationSysctls,
} from './station-stack.ts'
import { newcomersOf, roomForNeighbours } from './station-newcomers.ts'
import { writeSysctl, type SysctlName } from './sysctl.ts'

const SOL_IP = 0
const IP_PKTINFO = 8

const write = (rows: readonly (readonly [SysctlName, number])[], namespace?: string, optional = false): void => {
  for (const [name, value] of rows) writeSysctl(name, value, { namespace, optional })
}

/** The port and its cable. @throws Fault `interface-missing`, `kernel-feature-missing`, `privileges-missing` */
export const createHub = async (hub: Hub): Promise<void> => {
  const bridge = (await ipLinks()).find(({ ifname }) => ifname === hub.bridge)
  if (bridge === undefined) throw new Fault('interface-missing', `There is no bridge "${hub.bridge}" for decoys.`)
  await runBatch('ip', hubCommands(hub, bridge.mtu))
  write([[['net', 'ipv6', 'conf', hub.device, 'disable_ipv6'], 1]], undefined, true)
  write(silentIpv6, hub.namespace, true)
  await runBatch('ip', trunkCommands, { namespace: hub.namespace })
  await runBatch('ip', joinCommands(hub))
}

const filter = (namespace: string, text: string): string | undefined => {
  const nft = Nft.open({ namespace })
  try {
    const result = nft.run(text)
    return result.ok ? undefined : describeNftError(result.error)
  } finally {
    nft.close()
  }
}

/** Puts stations up, without addresses: nothing answers yet. @param udpPorts of each, which its answers come from */
export const createStations = async (
  hub: Hub,
  stations: readonly (Pick<StationLink, 'namespace' | 'mac' | 'stack'> & { readonly udpPorts: readonly number[] })[],
): Promise<void> => {
  await runBatch(
    'ip',
    stations.map(({ namespace }) => `netns add ${namespace}`),
  )
  const newcomers = newcomersOf(roomForNeighbours(), stations.length)
  for (const { namespace, mac, stack, udpPorts } of stations) {
    write(stationSysctls(stack), namespace, true)
    write(silentIpv6, namespace, true)
    const refused = filter(namespace, stationRules(stack, udpPorts, newcomers))
    if (refused !== undefined)
      throw new Fault('kernel-rejected', `The kernel refused the rules of a decoy's network: ${refused}`)
    // Not every kernel filters ARP; the rules of the bridge keep probes from it in any case.
    filter(namespace, stationArpRules(newcomers))
    // Without it a decoy stands all the same, and looks more like Linux.
    const header = stationHeaderRules(stack, Number.parseInt(mac.slice(-5).replace(':', ''), 16))
    if (header !== '') filter(namespace, header)
  }
  await runBatch('ip', stations.map(linkCommand), { namespace: hub.namespace })
  await Promise.all(stations.map(({ namespace }) => runBatch('ip', upCommands, { namespace })))
  await runBatch('bridge', forwardingCommands(hub, { leave: [], appear: stations.map(({ mac }) => mac) }))
}

/** Addresses go first, then others come; nothing is said on the wire about either. */
export const changeAddresses = (
  namespace: string,
  prefix: number,
  change: AddressChange,
  routes: StationRoutes,
): Promise<void> => runBatch('ip', addressCommands(prefix, change, routes), { namespace })

/** Another Ethernet address for a station. */
export const changeMac = async (hub: Hub, namespace: string, from: string, to: string): Promise<void> => {
  await runBatch('bridge', forwardingCommands(hub, { leave: [from], appear: [] }), { force: true })
  await runBatch('ip', [`link set dev ${stationDevice} address ${to}`], { namespace })
  await runBatch('bridge', forwardingCommands(hub, { leave: [], appear: [to] }))
}

/** Ends stations; who holds their sockets must have closed them. */
const removeStations = (namespaces: readonly string[]): Promise<void> =>
  runBatch(
    'ip',
    namespaces.map((namespace) => `netns delete ${namespace}`),
    { force: true },
  )

const namespacesOf = (hub: Hub): string[] => {
  try {
    return readdirSync('/run/netns').filter(
      (name) =>
        name === hub.namespace ||
        (name.startsWith(`${hub.namespace}-`) && /^\d+$/.test(name.slice(hub.namespace.length + 1))),
    )
  } catch {
    return []
  }
}

/** Takes away the port, its cable and every station, also those of an earlier process. What is not there is no error. */
export const removeHub = async (hub: Hub): Promise<void> => {
  const left = namespacesOf(hub)
  const port = (await ipLinks()).some(({ ifname, linkinfo }) => ifname === hub.device && linkinfo?.info_kind === 'veth')
  await runBatch('ip', port ? [`link delete dev ${hub.device}`] : [], { force: true })
  await removeStations(left)
}

export interface StationSocket {
  readonly fd: number
  readonly transport: 'tcp' | 'udp'
  readonly port: number
}

/** A socket on every address of the station, now and later. Datagrams come with the address they were sent to (ip(7), IP_PKTINFO). */
export const openStationSocket = (namespace: string, transport: 'tcp' | 'udp', port: number): StationSocket => {
  const host = '0.0.0.0'
  if (transport === 'tcp') return { fd: listenIn(namespace, { host, port, backlog: 256 }), transport, port }
  const fd = bindUdpIn(namespace, { host, port })
  inNamespace(namespace, () => setIntOption(fd, SOL_IP, IP_PKTINFO, 1))
  return { fd, transport, port }
}

export type { AddressChange, Hub, StationLink, StationRoutes } from './station-commands.ts'
export type { StationStack } from './station-stack.ts'
