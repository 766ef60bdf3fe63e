/** What can happen at an edge. A kind declares how it is kept and how loudly it is told; shared code never asks which one it is. */

/**
 * Outbox classes: P0 is audit, enforcement and containment (chained, never dropped), P1 alerts, P2 what is only counted,
 * P3 bulk. Over the storage budget the last class loses its oldest first.
 */
export const eventClasses = ['P0', 'P1', 'P2', 'P3'] as const
export type EventClass = (typeof eventClasses)[number]

export interface EventKind {
  readonly class: EventClass
  /** 0 (information) to 10 (act now), as CEF has it. */
  readonly severity: number
  /** One or two words for a terminal column. */
  readonly label: string
  readonly summary: string
  /** ATT&CK for ICS technique that the kind is evidence of, where there is one. */
  readonly technique?: string
}

const define = <const K extends string>(kinds: Record<K, EventKind>): Record<K, EventKind> => kinds

export const eventKinds = define({
  denial: { class: 'P1', severity: 5, label: 'denied', summary: 'Packets outside every conduit were dropped.' },
  containment: { class: 'P0', severity: 8, label: 'contained', summary: 'Everything from a source is stopped.' },
  release: { class: 'P0', severity: 3, label: 'released', summary: 'A containment ended, by a person or by time.' },
  'would-deny': {
    class: 'P2',
    severity: 3,
    label: 'would deny',
    summary: 'In shadow: packets that enforcement would drop.',
  },
  'would-contain': {
    class: 'P1',
    severity: 4,
    label: 'would contain',
    summary: 'A source that mode contain would contain.',
  },
  'command-denied': {
    class: 'P1',
    severity: 7,
    label: 'refused',
    summary: 'A command was refused; the device did not receive it.',
    technique: 'T1692.001',
  },
  'would-deny-command': {
    class: 'P2',
    severity: 3,
    label: 'would refuse',
    summary: 'In shadow: a command that enforcement would refuse.',
  },
  inspection: {
    class: 'P1',
    severity: 5,
    label: 'inspection',
    summary: 'Something about the judging of commands that somebody should know.',
  },
  spoof: {
    class: 'P1',
    severity: 8,
    label: 'spoofed',
    summary: 'A known address came from the wrong port or MAC.',
    technique: 'T0830',
  },
  layer2: {
    class: 'P1',
    severity: 5,
    label: 'frame denied',
    summary: 'Frames of an EtherType that is not permitted were dropped.',
  },
  scan: {
    class: 'P1',
    severity: 7,
    label: 'scan',
    summary: 'A source tried many addresses or ports.',
    technique: 'T0846',
  },
  rate: {
    class: 'P1',
    severity: 6,
    label: 'rate',
    summary: 'A source sent more than the policy expects.',
    technique: 'T0814',
  },
  'off-hours': { class: 'P1', severity: 5, label: 'off hours', summary: 'A permitted conversation outside its hours.' },
  'first-seen': { class: 'P1', severity: 4, label: 'first seen', summary: 'Two ends that never spoke before.' },
  sensor: { class: 'P1', severity: 5, label: 'sensor', summary: 'A sensor of the policy fired.' },
  redirect: { class: 'P1', severity: 4, label: 'redirected', summary: 'A connection was sent to a portal or decoy.' },
  'mode-change': { class: 'P0', severity: 4, label: 'mode', summary: 'A zone or conduit changed its mode.' },
  apply: { class: 'P0', severity: 3, label: 'applied', summary: 'A policy was loaded and waits for confirmation.' },
  confirm: { class: 'P0', severity: 2, label: 'confirmed', summary: 'The loaded policy was confirmed.' },
  rollback: { class: 'P0', severity: 6, label: 'rolled back', summary: 'The last confirmed policy was restored.' },
  'bypass-start': { class: 'P0', severity: 9, label: 'bypass on', summary: 'The edge passes everything.' },
  'bypass-end': { class: 'P0', severity: 4, label: 'bypass off', summary: 'The edge enforces again.' },
  'failure-window': {
    class: 'P0',
    severity: 7,
    label: 'window',
    summary: 'A time in which nobody watched, or traffic passed uninspected.',
  },
  permit: { class: 'P0', severity: 3, label: 'permit', summary: 'A temporary permit was created.' },
  revoke: { class: 'P0', severity: 3, label: 'revoked', summary: 'A temporary permit ended, by a person or by time.' },
  isolate: { class: 'P0', severity: 8, label: 'isolated', summary: 'A zone was cut off.' },
  rejoin: { class: 'P0', severity: 4, label: 'rejoined', summary: 'An isolated zone was connected again.' },
  'replace-asset': {
    class: 'P0',
    severity: 3,
    label: 'replaced',
    summary: 'Another device was accepted in place of an asset.',
  },
  qualify: {
    class: 'P0',
    severity: 3,
    label: 'qualified',
    summary: 'An asset was marked as one that may be sent a function it refuses.',
  },
  'window-open': { class: 'P0', severity: 2, label: 'opened', summary: 'A time window opened.' },
  'window-close': { class: 'P0', severity: 2, label: 'closed', summary: 'A time window closed.' },
  tamper: {
    class: 'P0',
    severity: 9,
    label: 'tampered',
    summary: 'Somebody else changed tables, the bridge, sysctls or the audit trail.',
  },
  reapply: {
    class: 'P0',
    severity: 6,
    label: 're-applied',
    summary: 'Rules or the bridge were put right, or a port came back.',
  },
  'link-down': { class: 'P1', severity: 6, label: 'link down', summary: 'A port lost its carrier.' },
  'link-up': { class: 'P1', severity: 2, label: 'link up', summary: 'A port has its carrier again.' },
  start: { class: 'P0', severity: 2, label: 'started', summary: 'The daemon started.' },
  stop: { class: 'P0', severity: 4, label: 'stopped', summary: 'The daemon stopped; the kernel keeps enforcing.' },
  adopt: { class: 'P0', severity: 3, label: 'adopted', summary: 'The daemon took over what the kernel was enforcing.' },
  clock: {
    class: 'P0',
    severity: 6,
    label: 'clock',
    summary: 'The clock was set, or is before the last persisted time.',
  },
  overflow: {
    class: 'P1',
    severity: 6,
    label: 'overflow',
    summary: 'More than can be told one by one; exact totals follow.',
  },
  'order-deferred': {
    class: 'P0',
    severity: 6,
    label: 'deferred',
    summary: 'An order could not be carried out and waits for a person.',
  },
  'set-full': {
    class: 'P0',
    severity: 7,
    label: 'set full',
    summary: 'A kernel set has no room; its drop rule still holds.',
  },
  degraded: {
    class: 'P0',
    severity: 6,
    label: 'degraded',
    summary: 'Something the policy asks for cannot be done here.',
  },
  gap: { class: 'P0', severity: 5, label: 'gap', summary: 'Events were dropped for age or space; this says which.' },
  'sink-loss': {
    class: 'P1',
    severity: 5,
    label: 'sink loss',
    summary: 'A receiver of events was too slow or away; copies were lost there.',
  },
  'decoy-contact': {
    class: 'P1',
    severity: 8,
    label: 'decoy',
    summary: 'Somebody spoke to a decoy; nobody has reason to.',
    technique: 'T0846',
  },
  'decoy-login': {
    class: 'P1',
    severity: 9,
    label: 'decoy login',
    summary: 'Somebody tried to log in at a decoy.',
    technique: 'T0859',
  },
  'decoy-withdrawn': {
    class: 'P1',
    severity: 7,
    label: 'withdrawn',
    summary: 'Somebody claimed an address of the pools: the decoy left it, or none comes there.',
  },
  'decoy-shuffle': {
    class: 'P0',
    severity: 2,
    label: 'shuffled',
    summary: 'Decoys moved, or a person let them come back to addresses that were claimed.',
  },
  'decoy-escape': {
    class: 'P1',
    severity: 9,
    label: 'decoy escape',
    summary: 'A decoy sent what no decoy may send; it was dropped.',
  },
  'conduit-use': {
    class: 'P2',
    severity: 0,
    label: 'use',
    summary: 'What a conduit carried, and how long it was enforced.',
  },
  conversation: {
    class: 'P2',
    severity: 1,
    label: 'conversation',
    summary: 'Two ends that talk outside every conduit, as the kernel counts them.',
  },
  'manager-lost': {
    class: 'P0',
    severity: 5,
    label: 'alone',
    summary: 'The manager cannot be reached; the edge decides on.',
  },
  'manager-found': { class: 'P0', severity: 1, label: 'manager', summary: 'The link to the manager stands.' },
  login: { class: 'P0', severity: 3, label: 'login', summary: 'A person was admitted or refused.' },
})
export type EventKindName = keyof typeof eventKinds
export const eventKindNames: readonly EventKindName[] = Object.keys(eventKinds).filter((name): name is EventKindName =>
  Object.hasOwn(eventKinds, name),
)
