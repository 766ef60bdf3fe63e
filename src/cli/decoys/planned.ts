/** Where the decoys of a plan would stand, what they would be worth, and how simulated scanners fare. */
import type { Persona } from '#core/persona.ts'
import { coverageOf, foundAfter, targets, together, type Coverage, type Ground } from '#policy/decoys/coverage.ts'
import { place, type Station } from '#policy/decoys/placement.ts'
import { simulate, type Scans } from '#policy/decoys/scan.ts'
import { toNumber } from '#policy/decoys/spans.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import { plural, type Output } from '../output.ts'
import { adviceOf, figuresText, isReached, type Figures } from './figures.ts'

export interface PlanOptions {
  readonly seed: Uint8Array
  readonly epoch: number
  readonly sources: number
  readonly runs: number
}

export interface Planned {
  readonly epoch: number
  readonly stations: readonly Station[]
  readonly pools: readonly ({ readonly id: string } & Coverage)[]
  readonly all: Coverage
  readonly targets: typeof targets
  readonly reached: boolean
  /** What to change where a target is not reached. */
  readonly advice: readonly string[]
  /** m(1 − (n/(n+1))^s). */
  readonly foundAfter: number
  readonly simulated: Scans
}

export const planned = (
  plan: PlanDecoys,
  { seed, epoch, sources, runs }: PlanOptions,
  personas?: Readonly<Record<string, Persona>>,
): Planned => {
  const stations = place(plan, { seed, epoch, withdrawn: new Set(), taken: new Set() }, personas)
  const grounds = plan.pools.map(({ id, addresses, real }): Ground & { id: string } => ({
    id,
    approved: addresses.length,
    real,
    decoys: stations.flatMap(({ pool, decoys }) => (pool === id ? decoys.map(({ address }) => address) : [])),
  }))
  const whole = together(grounds)
  const all = coverageOf(whole)
  const pools = grounds.map((ground) => ({ id: ground.id, ...coverageOf(ground) }))
  return {
    epoch,
    stations,
    pools,
    all,
    targets,
    reached: pools.every(isReached),
    advice: adviceOf(figuresOf(pools, all)),
    foundAfter: foundAfter(all.decoys, all.real, sources),
    simulated: simulate(whole, { runs, sources, seed }),
  }
}

const figuresOf = (pools: Planned['pools'], all: Coverage): Figures[] => [
  ...pools.map((coverage) => ({ name: coverage.id, coverage })),
  ...(pools.length > 1 ? [{ name: 'all', coverage: all }] : []),
]

/** `198.18.1.40-43, 198.18.1.60`. */
const spansText = (addresses: readonly string[], most = 6): string => {
  const runs: [string, string][] = []
  for (const address of addresses) {
    const last = runs.at(-1)
    if (last !== undefined && toNumber(address) === toNumber(last[1]) + 1) last[1] = address
    else runs.push([address, address])
  }
  const texts = runs.map(([first, last]) =>
    first === last ? first : `${first}-${last.slice(last.lastIndexOf('.') + 1)}`,
  )
  return texts.length > most
    ? `${texts.slice(0, most).join(', ')} and ${texts.length - most} more spans`
    : texts.join(', ')
}

const simulatedText = ({ simulated: found, foundAfter: expected, all }: Planned): string =>
  [
    `simulated scanners, ${found.runs} runs:`,
    `  random order      a decoy is touched first in ${(found.first.mean * 100).toFixed(1)} % (formula ${(all.first * 100).toFixed(1)} %)`,
    `                    one source finds ${found.found.mean.toFixed(3)} real hosts before its first decoy (formula ${all.expected.toFixed(3)})`,
    `                    ${plural(found.sources, 'source')}, each lost at its first decoy, find ${found.foundByAll.mean.toFixed(2)} of ${all.real} together (formula ${expected.toFixed(2)})`,
    `  in address order  upwards ${plural(found.upwards, 'real host')} before the first decoy, downwards ${found.downwards}`,
  ].join('\n')

export const plannedText = (output: Output, plan: Planned): string => {
  const decoys = plan.stations.reduce((sum, station) => sum + station.decoys.length, 0)
  const rows = plan.stations.toSorted((a, b) => a.pool.localeCompare(b.pool) || a.persona.localeCompare(b.persona))
  const stations = output.table(rows, [
    { title: 'pool', cell: ({ pool }) => pool },
    { title: 'persona', cell: ({ persona }) => persona },
    { title: 'Ethernet address', cell: ({ mac }) => mac },
    { title: 'decoys', right: true, cell: (station) => station.decoys.length },
    { title: 'addresses', cell: (station) => spansText(station.decoys.map(({ address }) => address)) },
  ])
  const verdict = plan.reached
    ? output.paint('green', 'Every target is reached.')
    : output.paint('yellow', 'Not every target is reached:')
  return [
    `${plural(decoys, 'decoy')} on ${plural(plan.stations.length, 'station')} with an Ethernet address each, epoch ${plan.epoch}`,
    stations,
    '',
    figuresText(output, figuresOf(plan.pools, plan.all)),
    '',
    simulatedText(plan),
    '',
    verdict,
    ...plan.advice.map((text) => `  ${text}`),
  ].join('\n')
}
