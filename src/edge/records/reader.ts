/** Kernel records → events: who, to whom, why, and who was contained by it. */
import { decodeFrame } from '#packet/decode.ts'
import { packetOf } from '#inspect/packet.ts'
import type { NflogRecord } from '#linux/nflog.ts'
import { aloneRecord } from '#policy/nft/fragments.ts'
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { evaluate } from '#policy/evaluate.ts'
import type { IpPacket, Packet } from '#policy/packet.ts'
import { initialState, type State } from '#policy/state.ts'
import { openWindows } from '#policy/windows.ts'
import type { EventDraft, EventEnd } from '#schema/event.ts'
import { endOf, portNamed, steadyNow, type Edge } from '../context.ts'
import { isPrpSeen, rememberPrp, writeSysctls } from '../enforce.ts'
import { decoyRecord, isDecoyRecord } from '../decoys/records.ts'
import { knownRisks } from '../kernel/risk.ts'
import type { Denials } from './denials.ts'
import { kindOf } from './kinds.ts'
import { heedPart } from './parts.ts'
import { containedBy, strangerContained } from './contained.ts'

const protocolText = (ip: IpPacket | undefined, packet: Packet): string =>
  ip === undefined || ip.proto < 0
    ? `0x${packet.etherType.toString(16).padStart(4, '0')}`
    : ({ 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' }[ip.proto] ?? String(ip.proto))

const sides = (edge: Edge, packet: Packet): { source: EventEnd; destination: EventEnd } => {
  const vlan = packet.tag?.vid ?? 0
  const from = {
    mac: packet.srcMac,
    port: portNamed(edge.plan, packet.in),
    ...(vlan > 0 && vlan < 4095 ? { vlan } : {}),
  }
  const to = { port: portNamed(edge.plan, packet.out) }
  const claimed = packet.ip?.src ?? packet.arp?.senderIp
  return {
    source: claimed === undefined ? from : endOf(edge.plan, claimed, from),
    destination: packet.ip === undefined ? { mac: packet.dstMac, ...to } : endOf(edge.plan, packet.ip.dst, to),
  }
}

/** The frame of a record; the kernel gives a header only where it has one. */
const frameOf = ({ hwHeader, payload, hwProtocol }: NflogRecord): Uint8Array => {
  const header =
    hwHeader.length >= 14 ? hwHeader : new Uint8Array([...new Uint8Array(12), hwProtocol >> 8, hwProtocol & 255])
  return Buffer.concat([header, payload])
}

interface Meaning {
  /** First word of the record's prefix. */
  readonly kind: string
  /** Its second. */
  readonly subject: string
  readonly packet: Packet
  readonly source: EventEnd
  readonly draft: EventDraft
  readonly enforced: boolean
  /** Its source is a stranger whom this packet contained. */
  readonly contains: boolean
}

const framed = (log: NflogRecord): Packet =>
  packetOf(
    decodeFrame(frameOf(log)),
    (log.physIn ?? log.inDevice)?.name ?? '',
    (log.physOut ?? log.outDevice)?.name ?? '',
  )

/** What one record says; undefined for what is only counted. */
const meaningOf = (edge: Edge, log: NflogRecord): Meaning | undefined => {
  const [kind = '', subject = ''] = log.prefix.split('|')
  const meaning = kindOf(edge.plan, kind, subject)
  if (meaning === undefined) return undefined
  const packet = framed(log)
  const { source, destination } = sides(edge, packet)
  const open = new Set(openWindows(edge.plan, steadyNow(edge.store)).keys())
  const risks = knownRisks(edge)
  const verdict = evaluate(edge.plan, initialState({ openWindows: open, risks }), packet)
  const explained = (kind === 'denied' && verdict.outcome === 'deny') || verdict.reason === kind
  const closed = explained ? closedWindow(edge, packet, { open, risks }) : undefined
  const risky = explained && risks.size > 0 ? permitting(edge, packet, { openWindows: open }) : undefined
  const conduit = closed ?? risky
  // A packet that a conduit permits and a sensor denied was above its limit.
  const limited = kind === 'denied' && verdict.outcome === 'permit'
  const draft: EventDraft = {
    kind: closed === undefined ? meaning.event : 'off-hours',
    reason:
      closed !== undefined
        ? 'window-closed'
        : risky !== undefined
          ? 'risk-too-high'
          : explained || (packet.ip?.part !== undefined && verdict.outcome === 'deny')
            ? verdict.reason
            : limited
              ? 'sensor'
              : meaning.reason,
    source,
    destination,
    protocol: protocolText(packet.ip, packet),
    ...(packet.ip?.dport !== undefined && packet.ip.dport > 0 ? { port: packet.ip.dport } : {}),
    ...(edge.plan.zones.some(({ name }) => name === subject) ? { zone: subject } : {}),
    ...(conduit === undefined ? {} : { conduit }),
    ...(kind === 'sensor' || kind === 'first-seen' ? { details: { sensor: subject } } : {}),
    ...(meaning.enforced
      ? {}
      : { details: { enforced: false, ...(kind === 'sensor' || kind === 'first-seen' ? { sensor: subject } : {}) } }),
  }
  const contains = verdict.contains === 'stranger' && kind === 'denied'
  return { kind, subject, packet, draft, contains, source, enforced: meaning.enforced }
}

/** Id of the conduit that would permit the packet if its window were open. */
const closedWindow = (
  edge: Edge,
  packet: Packet,
  { open, risks }: { readonly open: ReadonlySet<number>; readonly risks: State['risks'] },
): string | undefined => {
  const closed = edge.plan.windows.map((_, index) => index).filter((index) => !open.has(index))
  if (closed.length === 0) return undefined
  return permitting(edge, packet, { openWindows: new Set([...open, ...closed]), risks })
}

/** Id of the conduit that would permit the packet, were things as given. */
const permitting = (edge: Edge, packet: Packet, state: Partial<State>): string | undefined => {
  const verdict = evaluate(edge.plan, initialState(state), packet)
  return verdict.outcome === 'permit' ? verdict.conduit : undefined
}

const prpSeen = (edge: Edge): void => {
  if (isPrpSeen(edge.store)) return
  rememberPrp(edge.store)
  if (needsIpHooks(edge.plan)) writeSysctls(edge.plan, true)
}

export const takeRecord = (edge: Edge, denials: Denials, log: NflogRecord): void => {
  if (log.prefix.startsWith('prp|')) return prpSeen(edge)
  if (log.prefix.startsWith(`${aloneRecord}|`)) return heedPart(edge, framed(log))
  if (isDecoyRecord(log.prefix)) {
    const said = decoyRecord(log.prefix, frameOf(log))
    const device = (log.physIn ?? log.inDevice)?.name
    return said && edge.decoys.takeRecord(edge, { ...said, ...(device !== undefined && { device }) })
  }
  if (log.prefix.startsWith('contained-')) {
    const packet = framed(log)
    return containedBy(edge, log.prefix, packet, sides(edge, packet).source)
  }
  const meaning = meaningOf(edge, log)
  if (meaning === undefined) return
  denials.take(meaning.kind, meaning.packet, meaning.draft)
  if (meaning.contains) strangerContained(edge, meaning.packet, meaning.subject, meaning.source)
}
