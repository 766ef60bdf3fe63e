/** What assessments and reports are made from: the state, the advisories, and what follows from them. */
import { Fault } from '#core/errors.ts'
import { assess } from '#discover/assess/assess.ts'
import { loadAdvisories } from '#discover/assess/advisories/files.ts'
import { mergeAdvisories } from '#discover/assess/advisories/merge.ts'
import { shippedAdvisories } from '#discover/assess/advisories/shipped.ts'
import { exposuresOf, type Exposure } from '#discover/assess/exposure.ts'
import type { Assessed } from '#discover/assess/risk.ts'
import { baselineOf, type Baseline } from '#discover/baseline/baseline.ts'
import { inventoryOf } from '#discover/inventory/inventory.ts'
import type { Inventory, Observed, Sign } from '#discover/model.ts'
import { signsOf } from '#discover/signs/signs.ts'
import { openState } from '#discover/state/state.ts'

export interface AssessedPlant {
  readonly observed: Observed
  readonly inventory: Inventory
  readonly signs: readonly Sign[]
  readonly findings: readonly Assessed[]
  readonly exposure: { readonly devices: readonly Exposure[]; readonly zones: readonly Exposure[] }
  readonly baseline: Baseline
  readonly advisories: number
}

/** IANA name of a time zone; this machine's when absent. */
export const timezoneOf = (name: string | undefined): string => {
  if (name === undefined) return Intl.DateTimeFormat().resolvedOptions().timeZone
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new Fault('usage', `There is no time zone \`${name}\`.`, {
      advice: 'Name one of the IANA database, such as Europe/Berlin.',
      cause,
    })
  }
}

/**
 * Reads a state and assesses it against the advisories that ship and those that were imported.
 * @throws Fault `not-found` where nothing was discovered
 */
export const assessedPlant = (path: string, timezone: string): AssessedPlant => {
  const state = openState(path, { readonly: true })
  try {
    const observed = state.observed()
    const { advisories } = mergeAdvisories(shippedAdvisories(), loadAdvisories(state.folder))
    const inventory = inventoryOf(observed)
    const signs = signsOf(observed, inventory)
    const findings = assess(observed, inventory, signs, advisories)
    return {
      observed,
      inventory,
      signs,
      findings,
      exposure: exposuresOf(inventory, findings),
      baseline: baselineOf(observed, inventory, timezone),
      advisories: advisories.length,
    }
  } finally {
    state.close()
  }
}
