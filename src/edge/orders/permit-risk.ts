/** Temporary permits that ask for a risk. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { riskBelowOf } from '#policy/when.ts'
import { steadyNow, type Edge } from '../context.ts'
import { listRisks } from '../kernel/risk.ts'
import type { Store } from '../store/open.ts'

const key = 'permits.risk-below'
const Asked = z.record(z.string(), z.int())

/** What permits ask for, by id. */
export const askedOf = (store: Pick<Store, 'kv'>): Readonly<Record<string, number>> => store.kv.get(key, Asked) ?? {}

/** Permits whose source has a risk that is not below what they ask for. Pure. */
export const overtaken = (
  permits: readonly { readonly id: string; readonly src: string }[],
  asked: Readonly<Record<string, number>>,
  scores: ReadonlyMap<string, number>,
): readonly { readonly id: string; readonly score: number; readonly below: number }[] =>
  permits.flatMap(({ id, src }) => {
    const [below, score] = [asked[id], scores.get(src) ?? 0]
    return below !== undefined && score >= below ? [{ id, score, below }] : []
  })

/** Remembers what permits ask for, as long as they are in force. */
export const askOf = ({ store }: Pick<Edge, 'store'>, ids: readonly string[], below: number): void => {
  const active = new Set(store.permits.active(steadyNow(store)).map(({ id }) => id))
  const kept = Object.entries(askedOf(store)).filter(([id]) => active.has(id))
  store.kv.set(key, Object.fromEntries([...kept, ...ids.map((id) => [id, below] as const)]))
}

/**
 * A manager tells only what the policy asks for.
 * @throws Fault `refused` when it does not ask for this risk, or the source's is not below it
 */
export const refuseRisky = ({ nft, family, site }: Edge, src: string, below: number): void => {
  const asked = [...new Set(site.conduits.flatMap(({ when }) => riskBelowOf(when) ?? []))].toSorted((a, b) => a - b)
  if (!asked.includes(below))
    throw new Fault('refused', `No conduit asks for a risk below ${below}, so nobody would tell it here.`, {
      advice: asked.length === 0 ? 'Leave --risk-below out.' : `Ask for ${asked.join(' or ')}, as the policy does.`,
    })
  const score = listRisks(nft, family).find(({ ip }) => ip === src)?.score ?? 0
  if (score >= below) throw new Fault('refused', `The risk of ${src}, ${score}, is not below ${below}.`)
}
