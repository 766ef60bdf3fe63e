import { byText } from '#core/order.ts'
import type { Advisory } from '#schema/advisories.ts'
import type { Inventory, Observed, Sign } from '../model.ts'
import { matcherOf } from './advisories/match.ts'
import { assessed, type Assessed, type Draft } from './risk.ts'
import { knownVulnerabilities } from './rules/advisories.ts'
import { unusualCommands } from './rules/commands.ts'
import { openControl } from './rules/control.ts'
import { addressConflicts, unknownDevices } from './rules/identity.ts'
import { internet } from './rules/internet.ts'
import { flatNetworks, skippedLevels } from './rules/reach.ts'
import { severalRoles, singlePoints } from './rules/roles.ts'
import { clearTextLogins, remoteAccess, unneededServices } from './rules/services.ts'
import { signsOfAttack } from './rules/signs.ts'
import { oldSystems } from './rules/systems.ts'
import { distinct, grouped, viewOf, type View } from './view.ts'

const rules: readonly ((view: View) => readonly Draft[])[] = [
  signsOfAttack,
  internet,
  unusualCommands,
  remoteAccess,
  flatNetworks,
  clearTextLogins,
  skippedLevels,
  oldSystems,
  addressConflicts,
  openControl,
  unneededServices,
  severalRoles,
  singlePoints,
  unknownDevices,
]

/** The worst first; the same findings in the same order, whatever the order of the devices. */
const ranked = (a: Assessed, b: Assessed): number => b.risk - a.risk || byText(a.id, b.id) || byText(a.title, b.title)

/** Findings of one kind that are told apart: hostile traffic makes as many as it likes. */
const maxOfKind = 200

/** The worst of each kind, and one finding in the place of all others of it. */
const bounded = (findings: readonly Assessed[]): readonly Assessed[] =>
  [...grouped(findings, ({ id }) => id).values()].flatMap((own) => {
    const rest = own.slice(maxOfKind)
    const [first] = rest
    if (first === undefined) return own
    const devices = distinct(rest.flatMap((finding) => finding.devices))
    return [
      ...own.slice(0, maxOfKind),
      { ...first, title: `${rest.length} more like this, the worst: ${first.title}`, devices },
    ]
  })

/** What is wrong or risky in a plant, ranked by risk, each with its consequence, the next step and the packets that show it. */
export const assess = (
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  advisories: readonly Advisory[],
): readonly Assessed[] => {
  const view = viewOf(observed, inventory, signs)
  const drafts = [...rules.flatMap((rule) => rule(view)), ...knownVulnerabilities(view, matcherOf(advisories))]
  return bounded(drafts.map((draft) => assessed(draft, view)).toSorted(ranked)).toSorted(ranked)
}
