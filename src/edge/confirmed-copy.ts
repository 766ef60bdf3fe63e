/**
 * What was confirmed last, once more, beside the store: flash that lost a block of the store in a power cut must not keep the line
 * from running until somebody comes.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { writeWhole } from '#core/whole-file.ts'
import type { Plan } from '#policy/plan.ts'
import { steadyNow } from './context.ts'
import { isPrpSeen, localChanges, prpKey } from './enforce.ts'
import { planOf, policyFromText } from './policy-source.ts'
import type { Store } from './store/open.ts'

const Copy = z.object({
  /** ms since 1970, when it was written: a clock before it is wrong. */
  at: z.number(),
  edge: z.string(),
  policy: z.string(),
  prp: z.boolean(),
  changes: z.object({
    bindings: z.array(z.tuple([z.string(), z.object({ macs: z.array(z.string()), replaces: z.array(z.string()) })])),
    islands: z.array(z.string()),
    qualified: z.array(z.string()),
    together: z.boolean(),
  }),
})

const copyPath = (state: string): string => `${state}/confirmed.json`

/**
 * Keeps the copy what the store says.
 * @returns what writes it when that has changed. What the disk refuses is tried again at the next call; of a full disk the store tells
 */
export const keepCopy = (store: Store): (() => void) => {
  let kept = ''
  return () => {
    const confirmed = store.plans.confirmed()
    if (confirmed === undefined) return
    const { bindings, islands, qualified = [], together = false } = localChanges(store)
    const what = { prp: isPrpSeen(store), changes: { bindings: [...bindings], islands, qualified, together } }
    const now = `${confirmed.id} ${JSON.stringify(what)}`
    if (now === kept) return
    const content = store.plans.load(confirmed.id)
    if (content === undefined) return
    const copy = { at: steadyNow(store), edge: content.plan.edge, policy: content.source, ...what }
    try {
      writeWhole(copyPath(dirname(store.path)), JSON.stringify(copy))
      kept = now
    } catch {
      // The one before is whole.
    }
  }
}

/** The plan of the copy, and what `enforce` asks of a store. Undefined where there is no copy that can be read. */
export const readCopy = (
  state: string,
  path: string,
): { readonly plan: Plan; readonly memory: Pick<Store, 'lastTime' | 'kv' | 'path'> } | undefined => {
  try {
    const { at, edge, policy, prp, changes } = Copy.parse(JSON.parse(readFileSync(copyPath(state), 'utf8')))
    const plan = planOf(policyFromText(policy).site, edge, { ...changes, bindings: new Map(changes.bindings) })
    const kv: Store['kv'] = {
      get: (key, schema) => (key === prpKey && prp ? schema.parse(true) : undefined),
      set: () => undefined,
    }
    return { plan, memory: { path, lastTime: () => at, kv } }
  } catch {
    return undefined
  }
}
