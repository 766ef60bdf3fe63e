/** A policy as the edge takes it: read, parsed, checked; and what persons changed at this edge since. */
import { Fault } from '#core/errors.ts'
import type { Site } from '#schema/site.ts'
import { compile, needsInspection } from '#policy/compile.ts'
import { loadPolicy, loadPolicyText, type Loaded } from '#policy/load.ts'
import { isQueued } from '#policy/nft/inspection.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { Plan } from '#policy/plan.ts'
import { problemLines } from '#policy/report.ts'
import { queueDriver } from './inspection/start-watchdog.ts'

export interface PolicySource {
  readonly site: Site
  /** The document as its author wrote it. */
  readonly text: string
  readonly warnings: readonly string[]
}

const plain = { excerpt: false, colour: false }

const accepted = ({ site, source, warnings }: Loaded): PolicySource => ({
  site,
  text: source.text,
  warnings: warnings.map((problem) => problemLines(problem, source, plain)),
})

/** The file is read once: what was checked is what is taken. @throws Fault `file-unreadable`, `policy-invalid` */
export const policyFromFile = (file: string): PolicySource => accepted(loadPolicy(file))

/**
 * The same for a document in memory that is to replace a running policy: its own tests must hold, too.
 * @param name stands for its file in problems
 * @throws Fault `policy-invalid`, `policy-tests-failed`
 */
export const policyTextToApply = async (text: string | Uint8Array, name: string): Promise<PolicySource> => {
  const loaded = loadPolicyText(text, name)
  await refuseFailing(loaded, name)
  return accepted(loaded)
}

const refuseFailing = async (loaded: Loaded, name: string): Promise<void> => {
  const { failureLines, runTests } = await import('#policy/test.ts')
  const failed = runTests(loaded.site, loaded.source).filter(({ ok }) => !ok)
  if (failed.length > 0)
    throw new Fault('policy-tests-failed', `${failed.length} of the policy's ${loaded.site.tests.length} tests fail.`, {
      details: failed.slice(0, 10).map((result) => failureLines(name, result)),
    })
}

/**
 * A document that was accepted before, as the store kept it. It is not checked again: what was enforced can be enforced again.
 * @throws Fault `policy-invalid` where this version does not know the shape that it was accepted in
 */
export const policyFromText = (text: string): PolicySource => {
  const { site, problems } = parsePolicy(text, 'the stored policy')
  if (site === undefined)
    throw new Fault('policy-invalid', 'The policy that this edge enforces is not taken by this version of Bulkhead.', {
      details: problems.slice(0, 20).map((problem) => problemLines(problem, undefined, plain)),
      advice:
        'The kernel goes on with it, also when the machine restarts. Start the version before again, apply and confirm there what this one takes (`bulkhead policy check`), then start this one.',
    })
  return { site, text, warnings: [] }
}

export interface LocalChanges {
  /** Asset → MACs accepted in place of those that the policy named then. */
  readonly bindings: ReadonlyMap<string, { readonly macs: readonly string[]; readonly replaces: readonly string[] }>
  readonly islands: readonly string[]
  /** Assets that were qualified here. */
  readonly qualified?: readonly string[]
  /** Parts of packets were seen before their first ones. */
  readonly together?: boolean
}

const isSame = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((one) => others.includes(one))

/** The policy with the assets that it has here. */
export const siteHere = (
  site: Site,
  { bindings, qualified = [] }: Pick<LocalChanges, 'bindings' | 'qualified'>,
): Site => {
  const assets = Object.fromEntries(
    Object.entries(site.assets).map(([name, asset]) => {
      const spare = bindings.get(name)
      const isReplaced = spare !== undefined && isSame(spare.replaces, asset.macs ?? [])
      const here = qualified.includes(name) ? { ...asset, qualified: true } : asset
      return [name, isReplaced ? { ...here, macs: [...spare.macs] } : here]
    }),
  )
  return { ...site, assets }
}

/** The plan of this edge: the policy with what was changed here. */
export const planOf = (site: Site, edge: string, changes: LocalChanges): Plan => {
  const plan = compile(siteHere(site, changes), edge, changes.islands, changes.together)
  if (plan === undefined)
    throw new Fault('policy-invalid', `The policy has no edge called "${edge}".`, {
      advice: `It has: ${Object.keys(site.edges).join(', ')}.`,
    })
  return plan
}

/** A conduit that allows commands only must not be widened to its whole service where nothing can judge commands. */
export const refuseUninspectable = (plan: Plan): void => {
  const conduits = needsInspection(plan)
  if (!isQueued(plan) || queueDriver() !== 'none') return
  throw new Fault(
    'inspection-missing',
    `${conduits.length === 1 ? 'The conduit' : `${conduits.length} conduits, first`} "${conduits[0]?.id ?? ''}" allow${conduits.length === 1 ? 's' : ''} single commands of ${conduits[0]?.service ?? ''}, and this kernel has no packet queue by which they could be judged.`,
    { details: conduits.slice(0, 20).map(({ id, from, to, service }) => `${id}: ${from} to ${to}, ${service}`) },
  )
}
