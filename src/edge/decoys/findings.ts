/** What doctor says of decoys: whether they stand, why not, and what a switch must allow. Pure. */
import type { Plan } from '#policy/plan.ts'
import type { Finding } from '#schema/control.ts'
import type { DecoyList } from '#schema/decoys-control.ts'

/** What the decoys of an edge need of the machine and the process, and who answers for them. */
export interface DecoyMachine {
  readonly missingCommands: readonly string[]
  readonly missingCapabilities: readonly string[]
  readonly macvlan: boolean
  /** Of the host process; undefined where none runs. */
  readonly host: { readonly uid: number; readonly capabilities: bigint } | undefined
}

export interface DecoyState {
  readonly plan: Pick<Plan, 'decoys' | 'ports'>
  readonly machine: DecoyMachine
  /** Undefined where none stand. */
  readonly list: Pick<DecoyList, 'decoys' | 'host'> | undefined
  /** Why they do not. */
  readonly alarm: string | undefined
}

/** Addresses that are named one by one. */
const named = 8
const some = (all: readonly string[]): string =>
  all.length > named ? `${all.slice(0, named).join(', ')} and ${all.length - named} more` : all.join(', ')
const count = (number: number, what: string, more = `${what}s`): string => `${number} ${number === 1 ? what : more}`

const needs = ({ missingCommands, missingCapabilities, macvlan }: DecoyMachine): Finding[] => [
  ...(missingCommands.length === 0
    ? []
    : [
        {
          id: 'decoy-commands',
          level: 'broken' as const,
          found: `decoys need ${missingCommands.join(', ')}, which ${missingCommands.length === 1 ? 'is' : 'are'} not here`,
          advice: 'Install them: apt-get install iproute2 util-linux.',
        },
      ]),
  ...(missingCapabilities.length === 0
    ? []
    : [
        {
          id: 'decoy-privileges',
          level: 'broken' as const,
          found: `decoys need ${missingCapabilities.join(', ')}, which this process may not use`,
          advice: 'Give the unit of this edge the drop-in decoys.conf (docs/edge.md, "systemd").',
        },
      ]),
  ...(macvlan
    ? []
    : [
        {
          id: 'decoy-macvlan',
          level: 'broken' as const,
          found: 'decoys need macvlan interfaces, which this kernel does not make',
          advice: 'Load the module macvlan, or use a kernel that has it.',
        },
      ]),
]

const standing = ({ decoys }: Pick<DecoyList, 'decoys'>) => decoys.filter(({ state }) => state === 'standing')

const stand = ({ list, alarm }: DecoyState): Finding => {
  if (list === undefined || alarm !== undefined)
    return {
      id: 'decoys',
      level: 'broken',
      found: `no decoys stand${alarm === undefined ? ' yet' : `: ${alarm}`}`,
      advice: 'The edge enforces as ever, and tries again every 30 s.',
    }
  const { state, restarts } = list.host
  const up = count(standing(list).length, 'decoy stands', 'decoys stand')
  return state === 'running'
    ? {
        id: 'decoys',
        level: 'ok',
        found: `${up}${restarts === 0 ? '' : `; their host was started again ${count(restarts, 'time')}`}`,
      }
    : {
        id: 'decoys',
        level: 'degraded',
        found: `${up}, and nobody answers for them: their host is ${state}`,
        advice: 'It is started again by itself; if it is not, see decoys/host.log in the state directory.',
      }
}

const host = ({ machine }: DecoyState): Finding[] => {
  if (machine.host === undefined) return []
  const { uid, capabilities } = machine.host
  if (capabilities !== 0n)
    return [
      {
        id: 'decoy-host',
        level: 'broken',
        found: 'the process that answers for decoys has capabilities, or could get some',
        advice: 'Give the unit of this edge the drop-in decoys.conf: CAP_SETPCAP takes them from it.',
      },
    ]
  return [
    uid === 0
      ? {
          id: 'decoy-host',
          level: 'note',
          found: 'the process that answers for decoys has no capability, but is root here',
        }
      : {
          id: 'decoy-host',
          level: 'ok',
          found: `the process that answers for decoys is user ${uid} without a capability`,
        },
  ]
}

const wire = ({ plan, list }: DecoyState): Finding[] => {
  if (list === undefined || plan.decoys === undefined) return []
  const macs = new Set(standing(list).map(({ mac }) => mac)).size
  const withdrawn = list.decoys.filter(({ state }) => state === 'withdrawn').map(({ address }) => address)
  return [
    {
      id: 'decoy-macs',
      level: 'note',
      found: `a switch at port ${plan.ports.map(({ name }) => name).join(' or ')} sees ${count(macs, 'Ethernet address', 'Ethernet addresses')} of decoys (\`max-macs\` ${plan.decoys.maxMacs})`,
      advice: 'Where it limits the addresses of a port, or asks for 802.1X, allow them there or lower `max-macs`.',
    },
    ...(withdrawn.length === 0
      ? []
      : [
          {
            id: 'decoy-addresses',
            level: 'note' as const,
            found: `somebody else claimed ${some(withdrawn)}: no decoys stand there`,
            advice: 'Put what is in use into `decoys.deny`, and the device into `assets`.',
          },
        ]),
  ]
}

/** Nothing where the policy has no decoys. */
export const decoyFindings = (state: DecoyState): Finding[] =>
  (state.plan.decoys?.pools.length ?? 0) === 0
    ? []
    : [stand(state), ...needs(state.machine), ...host(state), ...wire(state)]
