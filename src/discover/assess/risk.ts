/** Risk as points that add up, each with its reason: a reader can follow the number, and disagree with a part of it. */
import type { Device, Evidence, Finding, severities } from '../model.ts'
import type { Technique } from './techniques.ts'
import { zoneOf, type View } from './view.ts'

/** Points for a reason; the first of a finding is what it is, the others what makes it worse or better. */
export interface Factor {
  readonly what: string
  readonly points: number
}

/** A finding with the derivation of its risk: the points of the factors, within 0 and 100. */
export interface Assessed extends Finding {
  readonly derivation: readonly Factor[]
}

/** What a rule says; risk and severity follow from the factors. */
export interface Draft {
  readonly id: string
  readonly devices: readonly Device[]
  readonly title: string
  readonly consequence: string
  readonly next: string
  readonly techniques: readonly (Technique | (string & {}))[]
  readonly evidence: readonly Evidence[]
  readonly factors: readonly [Factor, ...Factor[]]
  readonly advisory?: string
}

/** Packets named for one finding. */
const maxEvidence = 8

/** Lowest risk of a severity. */
const thresholds: readonly (readonly [severity: (typeof severities)[number], from: number])[] = [
  ['critical', 80],
  ['high', 60],
  ['medium', 40],
  ['low', 20],
]

export const severityOf = (risk: number): (typeof severities)[number] =>
  thresholds.find(([, from]) => risk >= from)?.[0] ?? 'info'

const criticality = (devices: readonly Device[]): readonly Factor[] => {
  const high = devices.find(({ criticality: { value } }) => value === 'high')
  if (high !== undefined) return [{ what: `${high.id} is of high criticality`, points: 10 }]
  return devices.length > 0 && devices.every(({ criticality: { value } }) => value === 'low')
    ? [{ what: 'only devices of low criticality', points: -10 }]
    : []
}

const byTime = (a: Evidence, b: Evidence): number => a.at - b.at || a.packet - b.packet

/** Packets before records that name none. */
const shownOf = (evidence: readonly Evidence[]): readonly Evidence[] => {
  const packets = evidence.filter(({ packet }) => packet > 0)
  return packets.length > 0 ? packets : evidence
}

/** Where devices were first seen, for a finding that no single packet shows. */
const seenOf = ({ observed, firstOf }: View, devices: readonly Device[]): readonly Evidence[] =>
  devices.slice(0, maxEvidence).flatMap(({ vlan, ips, macs, first }) => {
    const found = [...ips, ...macs].flatMap((address) => firstOf(vlan, address))
    const capture = observed.captures.find(({ first: from, last }) => from <= first && first <= last)
    return found.length > 0 || capture === undefined
      ? found.slice(0, 1)
      : [{ capture: capture.name, packet: 0, at: first }]
  })

export const assessed = ({ factors, devices, evidence, ...draft }: Draft, view: View): Assessed => {
  const derivation = [...factors, ...criticality(devices)].filter(({ points }) => points !== 0)
  const sum = derivation.reduce((total, { points }) => total + points, 0)
  const risk = Math.round(Math.min(100, Math.max(0, sum)))
  const [first] = devices
  const packets = new Map(
    (evidence.length > 0 ? shownOf(evidence) : seenOf(view, devices)).map((one) => [
      `${one.capture} ${one.packet} ${one.at}`,
      one,
    ]),
  )
  return {
    ...draft,
    severity: severityOf(risk),
    risk,
    devices: devices.map(({ id }) => id),
    ...(first === undefined ? {} : { zone: zoneOf(first) }),
    evidence: [...packets.values()].toSorted(byTime).slice(0, maxEvidence),
    derivation,
  }
}
