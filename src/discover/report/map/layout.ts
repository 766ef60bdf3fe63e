/** Where everything stands on the map: lanes by Purdue level, devices or groups of them as nodes, conversations between nodes as edges. */
import { kindNames } from '../../assess/kinds.ts'
import type { Risk } from '#core/protocol.ts'
import { isOutside } from '../../assess/public.ts'
import { grouped, isUnlisted } from '../../assess/view.ts'
import { capital } from '../../assess/wording.ts'
import type { Kind, Conversation, Device } from '../../model.ts'
import { worse } from '../format.ts'
import type { Context } from '../input.ts'
import { ordered } from './order.ts'

export interface MapNode {
  readonly id: string
  readonly title: string
  /** Below the title: kind and address, or how many and where. */
  readonly lines: readonly string[]
  readonly devices: readonly Device[]
  /** Highest risk of its devices, 0 … 100. */
  readonly risk: number
  /** A sign of attack names one of them as its source. */
  readonly suspect: boolean
}

export interface MapEdge {
  readonly from: string
  readonly to: string
  /** Worst class of its commands; absent where there are none. */
  readonly risk?: Risk
  readonly packets: number
  readonly conversations: readonly Conversation[]
  readonly suspicious: boolean
}

export interface Lane {
  readonly level: number
  readonly nodes: readonly MapNode[]
}

export interface PlantMap {
  /** The highest level first. */
  readonly lanes: readonly Lane[]
  readonly edges: readonly MapEdge[]
  /** Edges that are not drawn because there are too many: the quietest. */
  readonly omitted: number
}

/** Nodes that a lane shows one by one. */
const mostInLane = 12
/** A group of fewer devices is shown as devices. */
const leastInGroup = 3
const mostEdges = 160

const networkOf = ({ told, ips, vlan }: Device): string => {
  const [ip = ''] = ips
  return (
    told?.zone ??
    (ip.includes('.') ? `${ip.split('.').slice(0, 3).join('.')}.0/24` : vlan === 0 ? 'no IP' : `VLAN ${vlan}`)
  )
}

const plural = (kind: Kind): string => {
  const name = kindNames[kind]
  return kind === 'other' ? 'unknown devices' : `${name}${/s$|x$|ch$/.test(name) ? 'es' : 's'}`
}

const nodeOf = (
  context: Context,
  id: string,
  title: string,
  lines: readonly string[],
  devices: readonly Device[],
): MapNode => {
  const sources = new Set(context.signs.map(({ vlan, source }) => context.deviceAt(vlan, source)?.id))
  return {
    id,
    title,
    lines,
    devices,
    risk: Math.max(0, ...devices.map((device) => context.exposure.devices.get(device.id)?.risk ?? 0)),
    suspect: devices.some((device) => sources.has(device.id)),
  }
}

const single = (context: Context, device: Device): MapNode =>
  nodeOf(context, device.id, device.id, [kindNames[device.kind.value], device.ips[0] ?? device.macs[0] ?? ''], [device])

/** Devices one by one while they are few; then by zone and kind, and when these are many, by kind. */
const nodesOf = (context: Context, level: number, devices: readonly Device[]): readonly MapNode[] => {
  if (devices.length <= mostInLane) return devices.map((device) => single(context, device))
  const collapse = (keyOf: (device: Device) => string, where: (device: Device) => string): readonly MapNode[] =>
    [...grouped(devices, keyOf)].flatMap(([key, members]) => {
      const [first] = members
      if (first === undefined) return []
      if (members.length < leastInGroup) return members.map((device) => single(context, device))
      const title = capital(plural(first.kind.value))
      return [nodeOf(context, `group ${level} ${key}`, title, [`${members.length} devices`, where(first)], members)]
    })
  const near = collapse((device) => `${networkOf(device)} ${device.kind.value}`, networkOf)
  if (near.length <= mostInLane) return near
  return [...grouped(devices, ({ kind }) => kind.value)].flatMap(([kind, members]) => {
    const [first] = members
    if (first === undefined) return []
    if (members.length === 1) return [single(context, first)]
    const networks = new Set(members.map(networkOf)).size
    const where = networks === 1 ? networkOf(first) : `in ${networks} networks`
    return [
      nodeOf(
        context,
        `group ${level} ${kind}`,
        capital(plural(first.kind.value)),
        [`${members.length} devices`, where],
        members,
      ),
    ]
  })
}

/** The internet is above everything, whatever its level was taken for. */
const laneOf = (device: Device): number => (isOutside(device) ? 5 : device.level.value)

const edgesOf = (context: Context, nodeAt: ReadonlyMap<string, string>): readonly MapEdge[] => {
  const found = new Map<
    string,
    {
      from: string
      to: string
      risk: Risk | undefined
      packets: number
      conversations: Conversation[]
      suspicious: boolean
    }
  >()
  for (const conversation of context.observed.conversations) {
    if (conversation.cast !== 'unicast') continue
    const [client, server] = [conversation.client, conversation.server].map((address) =>
      context.deviceAt(conversation.vlan, address),
    )
    const [from, to] = [nodeAt.get(client?.id ?? ''), nodeAt.get(server?.id ?? '')]
    if (from === undefined || to === undefined || from === to) continue
    const key = `${from}\n${to}`
    const edge = found.get(key) ?? { from, to, risk: undefined, packets: 0, conversations: [], suspicious: false }
    found.set(key, edge)
    edge.packets += conversation.packets[0] + conversation.packets[1]
    edge.conversations.push(conversation)
    for (const command of conversation.commands) {
      if (!isUnlisted(command)) edge.risk = worse(edge.risk, command.risk)
      edge.suspicious ||= context.suspicious.has(command.id)
    }
    edge.suspicious ||= context.suspicious.has(conversation.id)
  }
  return [...found.values()].map(({ risk, ...edge }) => ({ ...edge, ...(risk === undefined ? {} : { risk }) }))
}

const matters = ({ risk, suspicious }: MapEdge): number =>
  suspicious ? 2 : risk !== undefined && risk !== 'read' && risk !== 'session' && risk !== 'discover' ? 1 : 0

export const plantMap = (context: Context): PlantMap => {
  const byLevel = grouped(
    context.inventory.devices.filter(({ silent }) => !silent),
    (device) => String(laneOf(device)),
  )
  const lanes = [...byLevel]
    .map(([level, devices]): Lane => ({ level: Number(level), nodes: nodesOf(context, Number(level), devices) }))
    .toSorted((a, b) => b.level - a.level)
  const nodeAt = new Map(
    lanes.flatMap(({ nodes }) => nodes.flatMap(({ id, devices }) => devices.map((device) => [device.id, id] as const))),
  )
  const edges = edgesOf(context, nodeAt).toSorted((a, b) => matters(b) - matters(a) || b.packets - a.packets)
  const shown = edges.slice(0, mostEdges)
  return { lanes: ordered(lanes, shown), edges: shown, omitted: edges.length - shown.length }
}
