import { Fault } from '#core/errors.ts'
import { bridgeSettings, portSettings, wrongSettings } from './bridge-settings.ts'
import { IpError, ipLinks, runIpAll, type IpLink } from './ip.ts'
import { disableOffload } from './offload.ts'
import { missingInterface } from './missing-interface.ts'
import { writeSysctl } from './sysctl.ts'

export interface BridgeOptions {
  readonly name: string
  readonly ports: readonly string[]
  /** CIDR; without it the bridge has no address of any family. */
  readonly address?: string
  readonly namespace?: string
  /** What it takes the place of. */
  readonly former?: FormerBridge
}

/** A bridge of ours as it was before, of which something may be there still. */
export interface FormerBridge {
  /** Other names: one of them is renamed where there is no bridge of the new name, else its ports are moved. */
  readonly names: readonly string[]
  /** Ports that are taken out, unless they are ports now; those of anybody else stay. */
  readonly ports: readonly string[]
  /** CIDR; taken away, unless it is the address now. */
  readonly addresses: readonly string[]
}

export interface BridgeState {
  readonly name: string
  readonly up: boolean
  readonly mtu: number
  readonly stp: boolean
  readonly forwardDelay: number
  readonly multicastSnooping: boolean
  readonly groupForwardMask: number
  readonly ports: readonly BridgePort[]
}

export interface BridgePort {
  readonly name: string
  readonly index: number
  readonly up: boolean
  readonly carrier: boolean
  /** Spanning tree state, `forwarding` when it carries frames. */
  readonly state: string
  readonly learning: boolean
  readonly isolated: boolean
}

export interface BridgeResult {
  /** The bridge was there before and stayed up. */
  readonly adopted: boolean
  /** What could not be done and does not prevent bridging, one sentence each. */
  readonly statements: readonly string[]
}

/**
 * Makes the bridge that nothing on the wire can see: no spanning tree, no delay, no snooping, no address, and every group address
 * forwarded that a Linux bridge can forward. An existing bridge is adopted: its settings are corrected and missing ports added
 * without taking anything down. A {@link FormerBridge} goes over into it: all that interrupts a line is done in one run of `ip`.
 * @throws Fault `interface-missing`, `interface-refused`, `privileges-missing`, `library-missing`
 */
export const createBridge = async (options: BridgeOptions): Promise<BridgeResult> => {
  const { name, namespace, former = { names: [], ports: [], addresses: [] } } = options
  const at = { namespace }
  const before = await ipLinks(at)
  refuseUnfit(options, (device) => before.find((link) => link.ifname === device))
  const present = (await renameFormer(options, before)) ? await ipLinks(at) : before
  const find = (device: string) => present.find((link) => link.ifname === device)
  const bridge = find(name)
  const isFormer = (address: string) => former.addresses.includes(address) && address !== options.address
  const leaving = former.ports.filter(
    (port) => !options.ports.includes(port) && [name, ...former.names].includes(find(port)?.master ?? ''),
  )

  const set = (...words: readonly string[]) => ['link', 'set', 'dev', ...words]
  await ip(
    [
      ...(bridge === undefined ? [['link', 'add', 'name', name, 'type', 'bridge']] : []),
      ...bridgeSettings
        .filter(({ rarely }) => rarely !== true)
        .map(({ words }) => set(name, 'type', 'bridge', ...words)),
      // No address of the kernel's own making.
      ...[name, ...options.ports].map((device) => set(device, 'addrgenmode', 'none')),
    ],
    at,
  )

  const statements: string[] = []
  const kept = addressesOf(bridge).filter((address) => !isFormer(address))
  for (const address of kept.filter((row) => row !== options.address))
    statements.push(`"${name}" keeps its address ${address}: it is visible there until the address is removed.`)
  silence(name, {
    ipv6: [...kept, options.address].some((address) => address?.includes(':') === true),
    namespace,
  })
  for (const port of options.ports) {
    for (const address of addressesOf(find(port)))
      statements.push(`"${port}" has the address ${address}: the edge is visible there until the address is removed.`)
    silence(port, { ipv6: false, namespace })
    const statement = disableOffload(port, namespace)
    if (statement !== undefined) statements.push(statement)
  }
  await ip(
    [
      // First: with an old and a new port on the same segment frames would go round.
      ...leaving.map((port) => set(port, 'nomaster')),
      ...addressesOf(bridge)
        .filter(isFormer)
        .map((address) => ['address', 'delete', address, 'dev', name]),
      ...options.ports.flatMap((port) => [
        ...(find(port)?.master === name ? [] : [set(port, 'master', name)]),
        set(port, 'type', 'bridge_slave', ...portSettings.flatMap(({ words }) => words)),
        set(port, 'up'),
      ]),
      ...(options.address === undefined ? [] : [['address', 'replace', options.address, 'dev', name]]),
      set(name, 'up'),
    ],
    at,
  )
  for (const { device, what, command } of wrongSettings(name, options.ports, at))
    await ip([command], at).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error
      statements.push(`"${device}" cannot be set right: ${what} (${error.message}).`)
    })
  return { adopted: bridge !== undefined, statements }
}

/** Removes a bridge; its ports stay, outside of any bridge. A bridge that is not there is no error. */
export const removeBridge = async (name: string, options: { namespace?: string } = {}): Promise<void> => {
  const link = (await ipLinks(options)).find((row) => row.ifname === name)
  if (link === undefined) return
  if (link.linkinfo?.info_kind !== 'bridge') throw new Fault('interface-refused', `"${name}" is not a bridge.`)
  await ip([['link', 'delete', 'dev', name, 'type', 'bridge']], options)
}

/** What the bridge and its ports are set to; `undefined` when there is no such bridge. */
export const bridgeState = async (
  name: string,
  options: { namespace?: string } = {},
): Promise<BridgeState | undefined> => {
  const present = await ipLinks(options)
  const link = present.find((row) => row.ifname === name && row.linkinfo?.info_kind === 'bridge')
  if (link === undefined) return undefined
  const data = link.linkinfo?.info_data ?? {}
  return {
    name,
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    stp: Number(data['stp_state']) !== 0,
    forwardDelay: Number(data['forward_delay']),
    multicastSnooping: Number(data['mcast_snooping']) !== 0,
    groupForwardMask: Number(data['group_fwd_mask']),
    ports: present.filter((row) => row.master === name).map(portState),
  }
}

/** Sets an interface up or down. */
export const setLink = async (
  device: string,
  state: 'up' | 'down',
  options: { namespace?: string } = {},
): Promise<void> => {
  await ip([['link', 'set', 'dev', device, state]], options)
}

const portState = (row: IpLink): BridgePort => {
  const data = row.linkinfo?.info_slave_data ?? {}
  return {
    name: row.ifname,
    index: row.ifindex,
    up: row.flags.includes('UP'),
    carrier: row.flags.includes('LOWER_UP'),
    state: typeof data['state'] === 'string' ? data['state'] : '',
    learning: data['learning'] !== false,
    isolated: data['isolated'] === true,
  }
}

/**
 * Kernels from 6.2 on rename an interface that is up; for older ones it is down for the moment that takes.
 * @returns whether a bridge has the new name now
 */
const renameFormer = async (
  { name, namespace, former }: BridgeOptions,
  present: readonly IpLink[],
): Promise<boolean> => {
  const old = present.find((link) => former?.names.includes(link.ifname) && link.linkinfo?.info_kind === 'bridge')
  if (old === undefined || present.some(({ ifname }) => ifname === name)) return false
  const at = { namespace }
  const rename = ['link', 'set', 'dev', old.ifname, 'name', name]
  try {
    await runIpAll([rename], at)
  } catch (error) {
    if (!(error instanceof IpError) || !/busy/i.test(error.message)) throw told(error, namespace)
    try {
      await ip([['link', 'set', 'dev', old.ifname, 'down'], rename, ['link', 'set', 'dev', name, 'up']], at)
    } catch (refusal) {
      await ip([['link', 'set', 'dev', old.ifname, 'up']], at).catch(() => undefined)
      throw refusal
    }
  }
  return true
}

const refuseUnfit = (
  { name, ports, namespace, former }: BridgeOptions,
  find: (device: string) => IpLink | undefined,
): void => {
  const ours = [name, ...(former?.names ?? [])]
  const bridge = find(name)
  if (bridge !== undefined && bridge.linkinfo?.info_kind !== 'bridge')
    throw new Fault('interface-refused', `"${name}" exists and is not a bridge.`)
  for (const port of ports) {
    const link = find(port)
    if (link === undefined) throw missingInterface(port, namespace)
    refuseUnfitPort(link, ours)
    const [address] = addressesOf(link)
    // Of one that is a port already nobody is locked out, and a daemon that did not start for it could not tell either.
    if (address !== undefined && !ours.includes(link.master ?? ''))
      throw new Fault(
        'interface-refused',
        `"${port}" has the address ${address}; a port of an invisible bridge has none.`,
      )
  }
}

/**
 * Says why {@link createBridge} would refuse, and changes nothing.
 * @throws Fault `interface-missing`, `interface-refused`, `privileges-missing`, `library-missing`
 */
export const checkBridge = async (options: BridgeOptions): Promise<void> => {
  const present = await ipLinks({ namespace: options.namespace })
  refuseUnfit(options, (device) => present.find((link) => link.ifname === device))
}

const refuseUnfitPort = (link: IpLink, bridges: readonly string[]): void => {
  if (link.master !== undefined && !bridges.includes(link.master))
    throw new Fault('interface-refused', `"${link.ifname}" already belongs to "${link.master}".`)
  if (link.linkinfo?.info_kind === 'bridge')
    throw new Fault('interface-refused', `"${link.ifname}" is itself a bridge.`)
  if (link.link_type !== undefined && link.link_type !== 'ether')
    throw new Fault('interface-refused', `"${link.ifname}" is no Ethernet interface (${link.link_type}).`)
}

/** No answer to router advertisements. */
const silence = (device: string, options: { ipv6: boolean; namespace: string | undefined }): void => {
  // Where IPv6 is off by default, a bridge with an IPv6 address needs it nevertheless.
  const off = options.ipv6 ? 0 : 1
  writeSysctl(['net', 'ipv6', 'conf', device, 'disable_ipv6'], off, { namespace: options.namespace, optional: true })
}

/** Addresses somebody gave the interface, as CIDR; link-local ones are the kernel's own. */
const addressesOf = (link: IpLink | undefined): string[] =>
  (link?.addr_info ?? []).flatMap(({ local, prefixlen, scope }) =>
    scope === 'global' ? [`${local}/${prefixlen}`] : [],
  )

const ip = async (
  commands: readonly (readonly string[])[],
  options: { namespace?: string | undefined },
): Promise<void> => {
  try {
    await runIpAll(commands, options)
  } catch (error) {
    throw told(error, options.namespace)
  }
}

const told = (error: unknown, namespace: string | undefined): unknown => {
  if (!(error instanceof IpError)) return error
  const absent = /Cannot find device "?([^"\n]+)"?/.exec(error.message)?.[1]
  return absent === undefined ? new Fault('interface-refused', error.message) : missingInterface(absent, namespace)
}
