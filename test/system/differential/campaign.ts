/** Many scenarios, one after the other. */
import { edgeName } from './policy.ts'
import { reportText } from './report.ts'
import { portsOf, runScenario, type Result } from './run.ts'
import { randomScenario } from './scenario.ts'
import { shrink } from './shrink.ts'
import { stayOnOneProcessor, Wires } from './wires.ts'

export interface CampaignOptions {
  readonly policies: number
  readonly frames: number
  /** Of the first policy; the others follow. */
  readonly seed: number
  /** Failing scenarios to report before giving up. */
  readonly stopAfter: number
  readonly progress?: (done: number, totals: Totals) => void
}

export interface Totals {
  policies: number
  frames: number
  delivered: number
  contained: number
  /** Known assets among them. */
  known: number
  /** Scenarios in which kernel and evaluate differ. */
  failed: number
  readonly reasons: Map<string, number>
  readonly reports: string[]
}

const add = (totals: Totals, result: Result): void => {
  totals.policies++
  totals.frames += result.frames
  totals.delivered += result.delivered
  totals.contained += result.contained
  totals.known += result.known
  for (const [reason, count] of result.reasons) totals.reasons.set(reason, (totals.reasons.get(reason) ?? 0) + count)
}

export const runCampaign = async ({
  policies,
  frames,
  seed,
  stopAfter,
  progress,
}: CampaignOptions): Promise<Totals> => {
  const totals: Totals = {
    policies: 0,
    frames: 0,
    delivered: 0,
    contained: 0,
    known: 0,
    failed: 0,
    reasons: new Map(),
    reports: [],
  }
  const worlds = new Map<string, Wires>()
  stayOnOneProcessor()
  try {
    for (let at = 0; at < policies && totals.failed < stopAfter; at++) {
      const scenario = randomScenario(seed + at, frames)
      const ports = portsOf(scenario)
      const { address } = scenario.policy.edges[edgeName] ?? {}
      const world = `${ports.join()} ${address ?? ''}`
      const wires = worlds.get(world) ?? (await Wires.open(ports, address))
      worlds.set(world, wires)
      const result = await runScenario(wires, scenario)
      add(totals, result)
      if (result.disagreements.length > 0) {
        totals.failed++
        const small = await shrink(
          scenario,
          async (candidate) => (await runScenario(wires, candidate)).disagreements.length > 0,
        )
        totals.reports.push(reportText(small, (await runScenario(wires, small)).disagreements))
      }
      progress?.(at + 1, totals)
    }
  } finally {
    for (const wires of worlds.values()) await wires.close()
  }
  return totals
}
