/** Policies of the manager: applied like a file, with a deadline of their own, and what became of them. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { Digest, PolicyReport } from '#schema/link-frames.ts'
import type { ConfirmObject, PolicyObject } from '#schema/link-objects.ts'
import type { Edge } from '../context.ts'
import { applySource, confirm } from '../orders/apply.ts'
import { silentEssentials } from '../orders/essentials.ts'
import { type PolicySource, policyTextToApply } from '../policy-source.ts'
import { keys } from '../store/kv.ts'
import type { Store } from '../store/open.ts'
import type { Complain } from './complaints.ts'

const Policies = z.array(
  z.strictObject({
    revision: z.int().min(0),
    digest: z.string(),
    outcome: z.enum(['applying', 'pending', 'confirmed', 'rolled-back', 'refused']),
    text: z.string(),
  }),
)
export type Known = z.infer<typeof Policies>[number]
/** So many are remembered. */
const kept = 12

export const knownPolicies = (store: Pick<Store, 'kv'>): readonly Known[] => store.kv.get(keys.policies, Policies) ?? []

/** Remembers what became of a revision, and writes the report about it down with it. */
export const settlePolicy = (
  store: Pick<Store, 'kv' | 'held' | 'together'>,
  known: Known,
  more: { readonly silent?: readonly string[]; readonly ms?: number } = {},
): void => {
  const others = knownPolicies(store).filter(({ revision }) => revision !== known.revision)
  const { revision, outcome, text } = known
  store.together(() => {
    store.kv.set(keys.policies, [...others, known].toSorted((a, b) => a.revision - b.revision).slice(-kept))
    if (outcome === 'applying') return
    const report: PolicyReport = {
      type: 'policy-report',
      revision,
      outcome,
      text: text.slice(0, 500),
      silent: [...(more.silent ?? [])].slice(0, 64),
      at: Date.now(),
      ...(more.ms === undefined ? {} : { ms: more.ms }),
    }
    store.held.report(JSON.stringify(report))
  })
}

export const refusalText = (error: unknown): string =>
  (error instanceof Fault ? [error.message, ...error.details].join(' ') : String(error)).slice(0, 500)

/** What a policy of the manager must be before it is tried. @throws Fault */
export const sourceOf = async ({ site, revision, text }: PolicyObject, manager: string): Promise<PolicySource> => {
  const source = await policyTextToApply(text, `revision ${revision} of manager ${manager}`)
  if (source.site.site !== site)
    throw new Fault('refused', `The policy is of site "${source.site.site}", and this edge belongs to "${site}".`)
  return source
}

export interface PoliciesOptions {
  readonly edge: Edge
  readonly manager: () => string
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  readonly complain: Complain
  readonly onChange: () => void
}

export const policiesOf = ({ edge, manager, inTurn, complain, onChange }: PoliciesOptions) => {
  const { store } = edge
  let hashed = { text: '', hash: '' }
  const enforced = (): string => {
    if (hashed.text !== edge.text) hashed = { text: edge.text, hash: sha256(edge.text) }
    return hashed.hash
  }
  const newest = (): Known | undefined => knownPolicies(store).at(-1)
  let silent = ''
  /** What became of a revision, and could not be written down: until it is, the manager hears nothing of it. */
  let unwritten: readonly [Known, Parameters<typeof settlePolicy>[2]] | undefined
  const settle = (known: Known, more?: Parameters<typeof settlePolicy>[2]): void => {
    unwritten = [known, more]
    settlePolicy(store, known, more)
    unwritten = undefined
    onChange()
  }

  /** What this daemon, or the deadline, or a person did meanwhile. */
  const tick = (): void => {
    if (unwritten !== undefined) settle(...unwritten)
    const last = newest()
    if (last?.outcome !== 'pending') return
    const isEnforced = enforced() === last.digest
    if (isEnforced && store.plans.pending() !== undefined) {
      const quiet = silentEssentials(edge)
      if (quiet.join() === silent) return
      silent = quiet.join()
      settle(
        { ...last, text: quiet.length === 0 ? 'every essential conduit has traffic' : last.text },
        { silent: quiet },
      )
    } else if (isEnforced) settle({ ...last, outcome: 'confirmed', text: 'confirmed' })
    else
      settle({
        ...last,
        outcome: 'rolled-back',
        text: 'it was not confirmed in time, or something else took its place',
      })
  }

  const carriedOut = async (object: PolicyObject): Promise<Pick<Known, 'outcome' | 'text'> & { ms?: number }> => {
    const source = await sourceOf(object, manager())
    if (enforced() === object.digest && store.plans.pending() === undefined)
      return { outcome: 'confirmed', text: 'it is what is enforced already' }
    const by = `manager ${manager()}: ${object.by}`.slice(0, 100)
    const { ms } = await applySource(edge, { source, seconds: object.confirm, by })
    const text = `enforced as generation ${edge.generation}, waits for its confirmation`
    return { outcome: 'pending', text, ms }
  }
  const apply = async (object: PolicyObject, known: Known): Promise<void> => {
    let error: unknown
    const { ms, ...outcome } = await carriedOut(object).catch((what: unknown) => {
      error = what
      return { outcome: 'refused' as const, text: refusalText(what), ms: undefined }
    })
    // That it could not be written down does not undo it.
    settle({ ...known, ...outcome }, ms === undefined ? {} : { ms })
    if (error !== undefined && !(error instanceof Fault)) throw error
    if (outcome.outcome === 'pending') silent = silentEssentials(edge).join()
  }

  /** An earlier daemon ended while it applied one: enforced or not, it is not tried again by itself. */
  const recover = (): void => {
    const last = newest()
    if (last?.outcome !== 'applying') return
    if (enforced() === last.digest)
      settle({ ...last, outcome: 'pending', text: 'enforced; the daemon restarted meanwhile' })
    else
      settle({
        ...last,
        outcome: 'rolled-back',
        text: 'the daemon ended while it was applied; what was confirmed last goes on',
      })
  }
  recover()

  return {
    tick,
    /** Resolves when it is enforced or refused. */
    take: async (object: PolicyObject): Promise<void> => {
      const last = newest()
      if (sha256(object.text) !== object.digest) complain(`policy revision ${object.revision} has another digest`)
      else if (last !== undefined && object.revision < last.revision)
        complain(`policy revision ${object.revision} was sent, and this edge knows ${last.revision} already`)
      else if (last?.revision === object.revision) {
        if (last.outcome !== 'applying') settle(last)
      } else {
        const known: Known = { revision: object.revision, digest: object.digest, outcome: 'applying', text: '' }
        settlePolicy(store, known)
        await inTurn(() => apply(object, known))
      }
    },
    confirm: async ({ revision }: ConfirmObject): Promise<void> => {
      const last = newest()
      if (last === undefined || revision < last.revision) {
        complain(`policy revision ${revision} was confirmed, and this edge knows ${last?.revision ?? 'none'}`)
        return
      }
      if (last.revision !== revision || last.outcome === 'applying') return
      if (last.outcome !== 'pending') {
        settle(last)
        return
      }
      await inTurn(async () => {
        // What was applied here while this waited for its turn is not what the manager means.
        if (enforced() !== last.digest) {
          tick()
          return
        }
        try {
          confirm(edge, { by: `manager ${manager()}`, force: false })
          tick()
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          settle({ ...last, text: refusalText(error) }, { silent: silentEssentials(edge) })
        }
      })
    },
    /** What is enforced, in the manager's numbers. */
    inForce: (): Omit<Digest['policy'], 'intact'> => {
      const digest = enforced()
      const mine = knownPolicies(store).findLast(
        (known) => known.digest === digest && known.outcome !== 'refused' && known.outcome !== 'rolled-back',
      )
      const pending = store.plans.pending() !== undefined
      return mine === undefined
        ? { revision: newest()?.revision ?? 0, digest, state: 'local' }
        : { revision: mine.revision, digest, state: pending ? 'pending' : 'confirmed' }
    },
  }
}
export type PoliciesHere = ReturnType<typeof policiesOf>
