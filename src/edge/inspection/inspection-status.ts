/** Inspection as `status` shows it: summed over queues. */
import { counters } from '#policy/nft/names.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { InspectorReport } from '#schema/inspection.ts'
import type { Edge } from '../context.ts'
import type { Count } from '../kernel/counters.ts'
import { quantile } from './latency.ts'

type Inspection = EdgeStatus['inspection']

const latencyOf = (id: string, reports: readonly InspectorReport[]) => {
  const all: number[] = []
  for (const { latency } of reports)
    for (const [index, count] of (latency[id] ?? []).entries()) all[index] = (all[index] ?? 0) + count
  const samples = all.reduce((sum, count) => sum + count, 0)
  return samples === 0
    ? {}
    : { latency: { p50: quantile(all, 0.5), p99: quantile(all, 0.99), p999: quantile(all, 0.999), samples } }
}

export const inspectionStatus = (edge: Edge, counted: ReadonlyMap<string, Count>): Inspection => {
  const { queues, reports, counts } = edge.inspection.state
  const sum = (of: (report: InspectorReport) => number) => reports.reduce((total, report) => total + of(report), 0)
  const packets = (name: string) => counted.get(name)?.packets ?? 0
  return {
    queues: [...queues],
    translated: sum(({ translated }) => translated),
    unsynchronised: sum(({ unsynchronised }) => unsynchronised),
    flows: sum(({ flows }) => flows),
    conduits: edge.plan.conduits
      .filter(({ allow }) => allow !== undefined)
      .map(({ id }) => ({
        id,
        watched: reports.some((report) => report.role === 'watch' && report.counts[id] !== undefined),
        counts: counts.of(id),
        ...latencyOf(id, reports),
      })),
    uninspected: {
      packets: packets(counters.uninspectedHung) + packets(counters.uninspectedDead),
      dropped: packets(counters.uninspectedDropped),
    },
  }
}
