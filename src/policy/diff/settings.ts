/** What holds of a conduit's conversations, besides which they are: modes, what a denied command gets, what happens on failure. */
import type { Conduit, Site } from '#schema/site.ts'
import { changes, type Change } from './changes.ts'

/** Everything of a conduit but what people say of it. */
const meaningOf = ({ id: _id, reason: _reason, owner: _owner, ...meaning }: Conduit) => JSON.stringify(meaning)

/** Conduits of each policy without those that the other has under another name. */
const withoutRenamed = (before: readonly Conduit[], after: readonly Conduit[]) => {
  const [ids, next] = [new Set(before.map(({ id }) => id)), new Set(after.map(({ id }) => id))]
  const gone = Map.groupBy(
    before.filter(({ id }) => !next.has(id)),
    meaningOf,
  )
  const renamed = new Set<Conduit>()
  for (const conduit of after) {
    const old = ids.has(conduit.id) ? undefined : gone.get(meaningOf(conduit))?.pop()
    if (old !== undefined) renamed.add(old).add(conduit)
  }
  const rest = (all: readonly Conduit[]) => all.filter((conduit) => !renamed.has(conduit))
  return [rest(before), rest(after)] as const
}

/** What a conduit does that says nothing of it. */
const usual = { essential: false, 'deny-action': 'exception', 'on-failure': 'open' } as const
const usually = new Map<string, unknown>(Object.entries(usual))

/** Each conduit with a rate has a count of its own. */
const ratesOf = ({ allow = [] }: Conduit) =>
  allow.flatMap((entry) => (typeof entry === 'string' || entry.rate === undefined ? [] : [`${entry.op} ${entry.rate}`]))

const settingsOf = (conduit: Conduit): Readonly<Record<string, unknown>> => {
  const { essential, 'deny-action': action, 'on-failure': failure } = conduit
  const rates = ratesOf(conduit)
  return {
    essential: essential ?? usual.essential,
    'deny-action': action ?? usual['deny-action'],
    'on-failure': failure ?? usual['on-failure'],
    ...(rates.length === 0 ? {} : { rates: rates.join(', ') }),
  }
}

const unusual = (settings: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(settings).filter(([key, value]) => value !== usually.get(key)))

/** What the conversations do not show of conduits. One that was only renamed is no change, nor one more with nothing of its own. */
export const conduitSettings = (before: Site, after: Site): readonly Change[] => {
  const [old, next] = withoutRenamed(before.conduits, after.conduits)
  const [ids, nextIds] = [new Set(old.map(({ id }) => id)), new Set(next.map(({ id }) => id))]
  const told = (all: readonly Conduit[], others: ReadonlySet<string>) =>
    new Map(
      all.map((conduit) => {
        const { id, reason, owner } = conduit
        const settings = settingsOf(conduit)
        return [id, others.has(id) ? { ...settings, reason, owner } : unusual(settings)]
      }),
    )
  return changes(told(old, nextIds), told(next, ids)).filter(({ fields }) => fields.length > 0)
}

const zoneModes = ({ zones }: Site) =>
  new Map(Object.entries(zones).map(([name, { mode }]) => [`zone ${name}`, { mode }]))

/** Modes of zones and conduits that became stricter or milder, came or went. */
export const modeChanges = (before: Site, after: Site): readonly Change[] => {
  const [old, next] = withoutRenamed(before.conduits, after.conduits)
  const modes = (all: readonly Conduit[]) => new Map(all.map(({ id, mode }) => [`conduit ${id}`, { mode }]))
  return [
    ...changes(zoneModes(before), zoneModes(after)),
    ...changes(modes(old), modes(next)).filter(({ fields }) => fields.length > 0),
  ]
}
