import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { codeOf, Fault } from '#core/errors.ts'
import { inOptionalNamespace } from './enter-namespace.ts'

/**
 * A sysctl by its parts, because an interface name may contain dots: `['net', 'ipv6', 'conf', 'eth0.20', 'disable_ipv6']`, or one
 * dotted name where none of the parts has a dot.
 */
export type SysctlName = string | readonly string[]

const parts = (name: SysctlName): readonly string[] => (typeof name === 'string' ? name.split('.') : name)

const pathOf = (name: SysctlName): string => {
  const all = parts(name)
  if (all.length === 0 || all.some((part) => part === '' || part === '..' || part === '.' || part.includes('/')))
    throw new Fault('usage', `"${all.join('.')}" is no sysctl.`)
  return `/proc/sys/${all.join('/')}`
}

/** The sysctls the datapath depends on; all are per network namespace. */
export const sysctls = {
  bridgeCallIptables: 'net.bridge.bridge-nf-call-iptables',
  bridgeCallIp6tables: 'net.bridge.bridge-nf-call-ip6tables',
  bridgeCallArptables: 'net.bridge.bridge-nf-call-arptables',
  bridgeFilterVlanTagged: 'net.bridge.bridge-nf-filter-vlan-tagged',
  bridgePassVlanInputDevice: 'net.bridge.bridge-nf-pass-vlan-input-dev',
  conntrackTcpLiberal: 'net.netfilter.nf_conntrack_tcp_be_liberal',
  conntrackTcpLoose: 'net.netfilter.nf_conntrack_tcp_loose',
  conntrackCount: 'net.netfilter.nf_conntrack_count',
  conntrackMax: 'net.netfilter.nf_conntrack_max',
  ipForward: 'net.ipv4.ip_forward',
  ipv6Forward: 'net.ipv6.conf.all.forwarding',
} as const

interface Options {
  readonly namespace?: string | undefined
}

/**
 * Reads a sysctl of a network namespace.
 * @throws Fault `kernel-feature-missing` when the kernel does not have it
 */
export const readSysctl = (name: SysctlName, options: Options = {}): string => {
  try {
    return inOptionalNamespace(options.namespace, () => readFileSync(pathOf(name), 'utf8')).trim()
  } catch (error) {
    throw explain(error, name, 'read')
  }
}

/** Whether the kernel has a sysctl, in a network namespace. */
export const hasSysctl = (name: SysctlName, { namespace }: Options = {}): boolean =>
  inOptionalNamespace(namespace, () => existsSync(pathOf(name)))

/**
 * Writes a sysctl of a network namespace. With `optional` a sysctl this kernel does not have is skipped; the result says whether
 * it was written.
 * @throws Fault `kernel-feature-missing`, `privileges-missing`
 */
export const writeSysctl = (
  name: SysctlName,
  value: number | string,
  options: Options & { optional?: boolean } = {},
): boolean => {
  try {
    inOptionalNamespace(options.namespace, () => writeFileSync(pathOf(name), `${value}\n`, { flag: 'r+' }))
    return true
  } catch (error) {
    if (options.optional === true && codeOf(error) === 'ENOENT') return false
    throw explain(error, name, 'written')
  }
}

const explain = (error: unknown, name: SysctlName, what: string): unknown => {
  const dotted = parts(name).join('.')
  const code = codeOf(error)
  if (code === 'ENOENT')
    return new Fault(
      'kernel-feature-missing',
      `The kernel has no sysctl ${dotted}${moduleOf(dotted)}.`,
      dotted.startsWith('net.bridge.') ? { advice: 'Load the module as root: modprobe br_netfilter.' } : {},
    )
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new Fault('privileges-missing', `The sysctl ${dotted} cannot be ${what}.`)
  return error
}

const moduleOf = (dotted: string): string =>
  dotted.startsWith('net.bridge.')
    ? ' (module br_netfilter)'
    : dotted.startsWith('net.netfilter.')
      ? ' (module nf_conntrack)'
      : ''

/** Tells this run of the kernel from every other. */
export const bootId = (): string => readSysctl('kernel.random.boot_id')
