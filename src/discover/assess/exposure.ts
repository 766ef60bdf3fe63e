/** Risk of each device and zone: what its findings add up to. */
import type { Device, Inventory } from '../model.ts'
import type { Assessed } from './risk.ts'
import { grouped, zoneOf } from './view.ts'

export interface Exposure {
  readonly name: string
  /** 0 … 100: the worst finding, and a twentieth of each further one, at most 15. */
  readonly risk: number
  readonly findings: number
}

/** A finding about so many devices is about their network: it colours none of them more than the others. */
const wide = 8
const shareOfWide = 0.6

const sumOf = (name: string, findings: readonly Assessed[], weigh = (finding: Assessed) => finding.risk): Exposure => {
  const [worst = 0, ...others] = findings.map(weigh).toSorted((a, b) => b - a)
  const further = others.reduce((sum, other) => sum + other / 20, 0)
  const risk = Math.min(100, worst + Math.min(15, further))
  return { name, risk: Math.round(risk), findings: findings.length }
}

const ofDevice = ({ risk, devices }: Assessed): number => (devices.length > wide ? risk * shareOfWide : risk)

const byRisk = (a: Exposure, b: Exposure): number => b.risk - a.risk || (a.name < b.name ? -1 : 1)

const zones = (devices: readonly Device[]): ReadonlyMap<string, readonly Device[]> => grouped(devices, zoneOf)

/** Devices and zones with at least one finding, the worst first. */
export const exposuresOf = (
  { devices }: Inventory,
  findings: readonly Assessed[],
): { readonly devices: readonly Exposure[]; readonly zones: readonly Exposure[] } => {
  const byDevice = grouped(
    findings.flatMap((finding) => finding.devices.map((id) => ({ id, finding }))),
    ({ id }) => id,
  )
  const of = (id: string): readonly Assessed[] => (byDevice.get(id) ?? []).map(({ finding }) => finding)
  const some = ({ findings: count }: Exposure): boolean => count > 0
  return {
    devices: devices
      .map(({ id }) => sumOf(id, of(id), ofDevice))
      .filter(some)
      .toSorted(byRisk),
    zones: [...zones(devices)]
      .map(([zone, own]) => sumOf(zone, [...new Set(own.flatMap(({ id }) => of(id)))]))
      .filter(some)
      .toSorted(byRisk),
  }
}
