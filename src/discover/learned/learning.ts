/** What a recording teaches, and what becomes of another one under it: every part of discover in a row, for tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CaptureRecord } from '#packet/records.ts'
import { inventoryOf } from '../inventory/inventory.ts'
import type { Inventory, Observed, Sign } from '../model.ts'
import { Observer } from '../observe/observer.ts'
import type { Proposal } from '../propose/proposal.ts'
import { propose } from '../propose/propose.ts'
import { signsOf } from '../signs/signs.ts'
import { policyAt, resultOf, Simulation, type Result } from '../simulate/index.ts'
import { openState } from '../state/state.ts'

/** Through a state on disk, as a person's recordings go. */
export const observedIn = (records: Iterable<CaptureRecord>, name: string): Observed => {
  const observer = new Observer(name)
  for (const record of records) observer.record(record)
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-learned-'))
  const state = openState(folder)
  try {
    state.add(observer.end([], { digest: '00'.repeat(32), bytes: 0 }))
    return state.observed()
  } finally {
    state.close()
    rmSync(folder, { recursive: true })
  }
}

export interface Learned {
  readonly observed: Observed
  readonly inventory: Inventory
  readonly signs: readonly Sign[]
  readonly proposal: Proposal
}

const concluded = (observed: Observed): Omit<Learned, 'proposal'> => {
  const inventory = inventoryOf(observed)
  return { observed, inventory, signs: signsOf(observed, inventory) }
}

/** @throws Fault `not-found` when nothing in it can be permitted */
export const learn = (observed: Observed): Learned => {
  const found = concluded(observed)
  return { ...found, proposal: propose(observed, found.inventory, found.signs) }
}

/**
 * The same with a zone and a port for every device, so that everything said between two of them crosses an edge and is judged.
 * @throws Fault `not-found` when nothing in it can be permitted
 */
export const learnApart = (observed: Observed): Learned => {
  const told = inventoryOf(observed).devices.map(({ vlan, ips, macs }, index) => ({
    vlan,
    address: ips[0] ?? macs[0] ?? '',
    zone: `place-${index}`,
  }))
  const { proposal: first, inventory, signs } = learn({ ...observed, told })
  const zones = Object.keys(first.site.zones)
  const ports = Object.fromEntries(zones.map((zone, index) => [`port-${index}`, [zone]]))
  const proposal = zones.length < 2 ? first : propose({ ...observed, told }, inventory, signs, { ports })
  return { observed, inventory, signs, proposal }
}

/** Records under a proposal with every zone enforced. */
export const enforcedOn = ({ site }: Proposal, records: Iterable<CaptureRecord>): Result => {
  const [edge = ''] = Object.keys(site.edges)
  const policy = policyAt(site, edge, 'enforced')
  if (policy === undefined) throw new Error('a proposal without an edge')
  const simulation = new Simulation([policy.plan])
  simulation.begin('recording')
  for (const record of records) simulation.record(record)
  simulation.end([])
  simulation.finish()
  return resultOf(simulation, [policy, undefined], 'enforced')
}
