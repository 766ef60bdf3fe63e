/** What a kernel record's prefix says: `kind|subject`, written by policy/nft. */
import type { EventKindName } from '#schema/event-kinds.ts'
import type { Plan } from '#policy/plan.ts'

export interface RecordKind {
  readonly event: EventKindName
  /** Enforced, or what would have happened. */
  readonly enforced: boolean
  readonly reason: string
}

const rows: Readonly<Record<string, RecordKind>> = {
  denied: { event: 'denial', enforced: true, reason: 'out-of-scope' },
  'would-deny': { event: 'would-deny', enforced: false, reason: 'would-deny' },
  spoof: { event: 'spoof', enforced: true, reason: 'spoof' },
  'would-spoof': { event: 'spoof', enforced: false, reason: 'would-spoof' },
  'observed-spoof': { event: 'spoof', enforced: false, reason: 'would-spoof' },
  group: { event: 'denial', enforced: true, reason: 'not-unicast' },
  'would-group': { event: 'would-deny', enforced: false, reason: 'would-deny' },
  layer2: { event: 'layer2', enforced: true, reason: 'layer2-refused' },
  'would-layer2': { event: 'would-deny', enforced: false, reason: 'would-deny' },
  'arp-spoof': { event: 'spoof', enforced: true, reason: 'arp-forged' },
  'would-arp-spoof': { event: 'spoof', enforced: false, reason: 'would-spoof' },
  'observed-arp-spoof': { event: 'spoof', enforced: false, reason: 'would-spoof' },
  'first-seen': { event: 'first-seen', enforced: false, reason: 'first-seen-peer' },
}

const ofSensor: Readonly<Record<string, EventKindName>> = {
  'distinct-destinations': 'scan',
  'distinct-ports': 'scan',
  packets: 'rate',
}

/** @returns undefined for what is only counted (mode observe) */
export const kindOf = (plan: Plan, kind: string, subject: string): RecordKind | undefined => {
  if (kind !== 'sensor') return rows[kind]
  const sensor = plan.sensors.find(({ id }) => id === subject)
  return { event: ofSensor[sensor?.counts ?? ''] ?? 'sensor', enforced: false, reason: 'sensor' }
}
