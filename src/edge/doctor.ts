/** What this edge found, what is degraded, and what passes in every mode. */
import type { Finding } from '#schema/control.ts'
import { bridgeState } from '#linux/bridge.ts'
import { probeCapabilities } from '#linux/capabilities.ts'
import { Nft } from '#linux/nftables.ts'
import { capability, hasCapability } from '#linux/process.ts'
import { links } from '#linux/rtnetlink.ts'
import { readSysctl } from '#linux/sysctl.ts'
import { infrastructureEtherTypes, infrastructureIp } from '#policy/nft/infrastructure.ts'
import type { Edge } from './context.ts'
import { decoyDoctor } from './decoys/doctor.ts'
import { isPrpSeen, neededSysctls } from './enforce.ts'
import { running, type Running } from './kernel/generations.ts'
import { bypassLeft } from './kernel/permits.ts'
import { withoutRules } from './no-rules.ts'

/** Without these nothing is enforced at all. */
const indispensable = new Set(['net-admin', 'nft-bridge', 'nft-inet', 'nft-object-maps', 'nft-dynamic-sets', 'nflog'])

/** What passes in every mode, named once. */
const passing = [
  ...new Set([
    'ARP',
    'STP',
    ...Object.keys(infrastructureEtherTypes),
    ...[...infrastructureIp[4], ...infrastructureIp[6]].map(({ name }) => name),
  ]),
]

/** What libnftables adds as a guess says nothing here. */
const reasonOf = (detail: string | undefined): string => (detail === undefined ? '' : ` (${detail.split(';')[0]})`)

/** Needs no running edge: what the kernel and the process can do. */
const machine = (): Finding[] => {
  const { list, queue } = probeCapabilities()
  return [
    ...list.map(({ id, found, neededFor, without, detail }): Finding => ({
      id,
      level: found ? 'ok' : indispensable.has(id) ? 'broken' : 'note',
      found: found ? `${id}: available, for ${neededFor}` : `${id}: not available; ${without}${reasonOf(detail)}`,
    })),
    { id: 'queue-driver', level: 'note', found: `packets whose commands are judged travel by: ${queue}` },
    { id: 'infrastructure', level: 'note', found: `passes in every mode: ${passing.join(', ')}` },
  ]
}

/** Rules that are there hold nothing back while the edge is bypassed. */
const bypassed = (nft: Nft, family: Running['family']): Finding[] => {
  const seconds = bypassLeft(nft, family)
  if (seconds === undefined) return []
  return [
    {
      id: 'bypass',
      level: 'degraded',
      found: `everything passes for ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} more: the edge is bypassed`,
      advice: 'To enforce again now: `bulkhead edge bypass --end`.',
    },
  ]
}

/** What the kernel enforces while no daemon answers. */
const left = (): Finding[] => {
  if (!hasCapability(capability.netAdmin))
    return [
      {
        id: 'rules',
        level: 'note',
        found: 'whether the kernel enforces anything is told to root alone: CAP_NET_ADMIN is missing',
        advice: 'Run it as root.',
      },
    ]
  const active = running()
  if (active === undefined) return [{ id: 'rules', level: 'note', ...withoutRules() }]
  const nft = Nft.open()
  const open = bypassed(nft, active.family)
  nft.close()
  return [
    {
      id: 'rules',
      level: 'degraded',
      found: `the kernel ${open.length === 0 ? 'enforces' : 'has'} generation ${active.generation} (policy ${active.digest.slice(0, 12)}), and no daemon watches it`,
      advice: 'Start the daemon: it takes the rules over as they are.',
    },
    ...open,
  ]
}

/** For a machine on which no daemon answers. */
export const doctorHost = (): Finding[] => [...left(), ...machine()]

/** Inspectors of a running edge, one line each. */
const inspectionFindings = ({ inspection, plan }: Edge): Finding[] => {
  if (plan.conduits.every(({ allow }) => allow === undefined)) return []
  const { queues } = inspection.state
  if (queues.length === 0)
    return [
      {
        id: 'inspection',
        level: 'broken',
        found: 'no inspector runs: conduits with `allow:` pass or stop as their on-failure says',
        advice: 'See inspection/watchdog.log in the state directory.',
      },
    ]
  return queues.map(({ role, queue, state, restarts }): Finding => {
    const name = role === 'watch' ? 'the inspector that watches' : `the inspector of queue ${queue} (fails ${role})`
    return state === 'judging'
      ? {
          id: 'inspection',
          level: 'ok',
          found: `${name} works${restarts === 0 ? '' : `; it was replaced ${restarts} times`}`,
        }
      : {
          id: 'inspection',
          level: 'degraded',
          found: `${name} is ${state}`,
          advice: 'It is replaced by itself; if it is not, see inspection/inspector.log in the state directory.',
        }
  })
}

const bridgeFindings = async (edge: Edge): Promise<Finding[]> => {
  if (edge.plan.kind !== 'bridge') return []
  const state = await bridgeState(edge.plan.bridge)
  if (state === undefined)
    return [
      {
        id: 'bridge',
        level: 'broken',
        found: `the bridge ${edge.plan.bridge} is gone`,
        advice: 'Restart the daemon: it makes the bridge again.',
      },
    ]
  const visible = [
    ...(state.stp ? ['spanning tree is on'] : []),
    ...(state.multicastSnooping ? ['multicast snooping is on'] : []),
    ...(state.groupForwardMask === 0xfff8 ? [] : ['link-local groups such as LLDP are not forwarded']),
    ...(state.forwardDelay === 0 ? [] : ['it has a forward delay']),
  ]
  const lost = edge.plan.ports.filter(({ device }) => !state.ports.some(({ name }) => name === device))
  const present = new Set(links().map(({ name }) => name))
  return [
    visible.length === 0
      ? {
          id: 'bridge',
          level: 'ok',
          found: `${edge.plan.bridge} is invisible: no spanning tree, no snooping, no delay, all groups forwarded`,
        }
      : {
          id: 'bridge',
          level: 'degraded',
          found: `${edge.plan.bridge}: ${visible.join(', ')}`,
          advice: 'Restart the daemon to set it right.',
        },
    ...lost.map(({ name, device }): Finding => ({
      id: `port-${name}`,
      level: 'broken',
      ...(present.has(device)
        ? { found: `${device} is not part of ${edge.plan.bridge}`, advice: 'Restart the daemon: it puts it back.' }
        : {
            found: `there is no interface ${device} on this machine any more`,
            advice: '`ip link` shows those that are there; when it is back, it is put into the bridge again.',
          }),
    })),
  ]
}

export const doctor = async (edge: Edge): Promise<Finding[]> => {
  const active = running()
  const sysctls = neededSysctls(edge.plan, isPrpSeen(edge.store)).map(([asked, value]): Finding => {
    const name = [asked].flat().join('.')
    const actual = readSysctl(asked)
    return actual === value
      ? { id: name, level: 'ok', found: `${name} is ${value}` }
      : {
          id: name,
          level: 'broken',
          found: `${name} is ${actual}, not ${value}`,
          advice: 'Find out who set it; the daemon sets it back once.',
        }
  })
  const unbound = edge.plan.bindings.filter(({ mac }) => mac === undefined)
  const unboundAddresses = new Set(unbound.map(({ ip }) => ip)).size
  return [
    active?.digest === edge.plan.digest
      ? { id: 'rules', level: 'ok', found: `generation ${active.generation} of this plan is enforced` }
      : {
          id: 'rules',
          level: 'broken',
          found: 'the kernel does not enforce this plan',
          advice: 'See the events of kind tamper, then restart the daemon.',
        },
    ...bypassed(edge.nft, edge.family),
    ...sysctls,
    ...(await bridgeFindings(edge)),
    ...inspectionFindings(edge),
    ...decoyDoctor(edge),
    ...(unboundAddresses === 0
      ? []
      : [
          {
            id: 'bindings',
            level: 'note' as const,
            found: `${unboundAddresses === 1 ? '1 address has no MAC: it' : `${unboundAddresses} addresses have no MAC: they`} can be forged by anybody on their port`,
            advice: 'Add `macs:` to these assets.',
          },
        ]),
    ...[...edge.alarms].map(([id, found]): Finding => ({ id: `alarm-${id}`, level: 'degraded', found })),
    ...machine(),
  ]
}
