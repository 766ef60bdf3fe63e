import { Fault } from '#core/errors.ts'
import { countConntrack } from './conntrack.ts'
import { findCommand, hasLinkKind, hasNetfilterTarget } from './kernel-probe.ts'
import { openNflog } from './nflog.ts'
import { capability, hasCapability } from './process.ts'
import { readSysctl, sysctls } from './sysctl.ts'

export interface Probe {
  readonly id: string
  readonly neededFor: string
  readonly without: string
  /** True when it is there; a Fault says why not. */
  readonly find: (context: ProbeContext) => boolean
}

export interface ProbeContext {
  readonly namespace: string | undefined
  /** Whether the kernel would take this nft text. Checked, never committed. */
  accepts(text: string): boolean
}

const inTable = (family: string, ...lines: string[]) =>
  ['add table $T', ...lines].join('\n').replaceAll('$T', `${family} bulkhead-probe`)
const forward = (family: string, rule: string) =>
  inTable(family, 'add chain $T c { type filter hook forward priority 0 ; }', `add rule $T c ${rule}`)

const optionalSysctl = (name: string): string | undefined => {
  try {
    return readSysctl(name)
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

const iptablesQueue = (context: ProbeContext): boolean =>
  findCommand('iptables-nft') !== undefined && hasNetfilterTarget('NFQUEUE', 3, context.namespace)

// One row per thing, in the order in which `doctor` shows them: what everything needs first.
export const probes = [
  {
    id: 'net-admin',
    neededFor: 'everything in the kernel',
    without: 'nothing can be enforced.',
    find: () => hasCapability(capability.netAdmin),
  },
  {
    id: 'net-raw',
    neededFor: 'mirror ports and the laboratory',
    without: 'no raw Ethernet frames can be sent or received.',
    find: () => hasCapability(capability.netRaw),
  },
  {
    id: 'nft-inet',
    neededFor: 'filtering IPv4 and IPv6',
    without: 'nothing can be enforced.',
    find: (context) => context.accepts(forward('inet', 'counter accept')),
  },
  {
    id: 'nft-bridge',
    neededFor: 'the layer-2 guard',
    without: 'EtherTypes, ARP and bindings are not guarded.',
    find: (context) => context.accepts(forward('bridge', 'ether type arp accept')),
  },
  {
    id: 'nft-object-maps',
    neededFor: 'counters per conduit',
    without: 'hits per conduit are not counted.',
    find: (context) =>
      context.accepts(
        inTable(
          'inet',
          'add counter $T n',
          'add map $T m { type ipv4_addr : counter ; }',
          'add element $T m { 198.18.0.1 : "n" }',
        ),
      ),
  },
  {
    id: 'nft-dynamic-sets',
    neededFor: 'containment at the first packet',
    without: 'strangers are denied but not contained in the kernel.',
    find: (context) =>
      context.accepts(
        inTable(
          'inet',
          'add set $T s { type ipv4_addr ; flags dynamic,timeout ; timeout 1h ; size 3 ; }',
          'add chain $T c { type filter hook forward priority 0 ; }',
          'add rule $T c update @s { ip saddr timeout 1h }',
        ),
      ),
  },
  {
    id: 'nft-inet-nat',
    neededFor: 'redirects and decoys',
    without: 'connections cannot be redirected.',
    find: (context) =>
      context.accepts(
        inTable(
          'inet',
          'add chain $T n { type nat hook prerouting priority -100 ; }',
          'add rule $T n dnat ip to 198.18.0.1',
        ),
      ),
  },
  {
    id: 'nflog',
    neededFor: 'events from the kernel',
    without: 'denials are counted but not reported one by one.',
    find: ({ namespace }) => {
      openNflog({
        group: 0xfffe,
        onRecord: () => undefined,
        onOverflow: () => undefined,
        ...(namespace === undefined ? {} : { namespace }),
      }).close()
      return true
    },
  },
  {
    id: 'conntrack-netlink',
    neededFor: 'closing redirected connections',
    without: 'a redirected connection lives on until it times out.',
    find: ({ namespace }) => countConntrack(namespace === undefined ? {} : { namespace }) >= 0,
  },
  {
    id: 'br-netfilter',
    neededFor: 'redirects and commands on a bridge',
    without:
      'a bridge filters conversations; policies that redirect or judge commands are refused, and fragments that come before their first one are denied. Load the module: modprobe br_netfilter.',
    find: ({ namespace }) => readSysctl(sysctls.bridgeCallIptables, { namespace }) !== '',
  },
  {
    id: 'queue-nft',
    neededFor: 'inspection of commands',
    without: 'the iptables-nft driver is used where it is available.',
    find: (context) => context.accepts(forward('inet', 'queue flags bypass to 0')),
  },
  {
    id: 'queue-iptables',
    neededFor: 'inspection of commands where nft has no queue',
    without: 'commands cannot be inspected on a kernel whose nft has no queue.',
    find: iptablesQueue,
  },
  {
    id: 'bridge-conntrack',
    neededFor: 'connection state in the bridge family',
    without: 'nothing is lost: br_netfilter tracks bridged connections.',
    find: (context) => context.accepts(forward('bridge', 'ct state established accept')),
  },
  {
    id: 'nft-bridge-meta',
    neededFor: 'matching the port VLAN of a bridge',
    without: 'nothing is lost: the VLAN is read from the tag.',
    find: (context) =>
      context.accepts(
        inTable(
          'bridge',
          'add chain $T c { type filter hook prerouting priority 0 ; }',
          'add rule $T c meta ibrpvid 1 accept',
        ),
      ),
  },
  {
    id: 'nft-bridge-reject',
    neededFor: 'refusing instead of dropping on a bridge',
    without: 'denied bridged packets are dropped silently.',
    find: (context) =>
      context.accepts(
        inTable(
          'bridge',
          'add chain $T c { type filter hook prerouting priority 0 ; }',
          'add rule $T c ether type ip reject with icmp type port-unreachable',
        ),
      ),
  },
  {
    id: 'vlan-devices',
    neededFor: 'decoys and addresses in a VLAN',
    without: 'decoys stay in the untagged network.',
    find: ({ namespace }) => hasLinkKind('vlan', namespace),
  },
  {
    id: 'macvlan-devices',
    neededFor: 'decoys with their own MAC address',
    without: 'decoys do not stand.',
    find: ({ namespace }) => hasLinkKind('macvlan', namespace),
  },
  {
    id: 'user-namespaces',
    neededFor: 'the laboratory without root',
    without: 'the laboratory needs root.',
    find: () =>
      Number(readSysctl('user.max_user_namespaces')) > 0 && optionalSysctl('kernel.unprivileged_userns_clone') !== '0',
  },
] as const satisfies readonly Probe[]

export type CapabilityId = (typeof probes)[number]['id']
