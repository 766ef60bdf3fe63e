/** A policy as the edge takes it: read, parsed, checked; and what persons changed at this edge since. */
import { readFileSync } from 'node:fs'
import { Fault } from '#core/errors.ts'
import type { Site } from '#schema/site.ts'
import { check } from '#policy/check/index.ts'
import { compile, needsInspection } from '#policy/compile.ts'
import { parsePolicy, readPolicy, type Parsed } from '#policy/parse.ts'
import type { Plan } from '#policy/plan.ts'
import { isError } from '#policy/problem.ts'
import { problemLines } from '#policy/report.ts'

export interface PolicySource {
  readonly site: Site
  /** The document as its author wrote it. */
  readonly text: string
  readonly warnings: readonly string[]
}

const style = { excerpt: false, colour: false }

const accept = (parsed: Parsed, text: string, file: string): PolicySource => {
  const problems = [...parsed.problems, ...(parsed.site === undefined ? [] : check(parsed.site, parsed.source))]
  const errors = problems.filter(isError)
  if (parsed.site === undefined || errors.length > 0)
    throw new Fault('policy-invalid', `${file} has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}.`, {
      details: errors.slice(0, 20).map((problem) => problemLines(problem, parsed.source, style)),
    })
  return { site: parsed.site, text, warnings: problems.filter((problem) => !isError(problem)).map((problem) => problemLines(problem, parsed.source, style)) }
}

/** @throws Fault `file-unreadable`, `policy-invalid` */
export const policyFromFile = (file: string): PolicySource => accept(readPolicy(file), readFileSync(file, 'utf8'), file)

/** A document that was accepted before, as the store kept it. */
export const policyFromText = (text: string): PolicySource => accept(parsePolicy(text, 'stored policy'), text, 'the stored policy')

export interface LocalChanges {
  /** Asset → MACs accepted in place of the policy's. */
  readonly bindings: ReadonlyMap<string, readonly string[]>
  readonly islands: readonly string[]
}

/** The plan of this edge: the policy with what was changed here. */
export const planOf = (site: Site, edge: string, { bindings, islands }: LocalChanges): Plan => {
  const assets = Object.fromEntries(
    Object.entries(site.assets).map(([name, asset]) => {
      const macs = bindings.get(name)
      return [name, macs === undefined ? asset : { ...asset, macs: [...macs] }]
    }),
  )
  const plan = compile({ ...site, assets }, edge, islands)
  if (plan === undefined)
    throw new Fault('policy-invalid', `The policy has no edge called "${edge}".`, { advice: `It has: ${Object.keys(site.edges).join(', ')}.` })
  return plan
}

/** A conduit that allows commands only must not be widened to its whole service while nothing can judge commands. */
export const refuseUninspectable = (plan: Plan): void => {
  const conduits = needsInspection(plan)
  if (conduits.length === 0) return
  throw new Fault(
    'inspection-missing',
    `${conduits.length === 1 ? 'The conduit' : `${conduits.length} conduits, first`} "${conduits[0]?.id ?? ''}" allow${conduits.length === 1 ? 's' : ''} single commands of ${conduits[0]?.service ?? ''}, and this version cannot judge commands on the wire yet.`,
    { details: conduits.slice(0, 20).map(({ id, from, to, service }) => `${id}: ${from} to ${to}, ${service}`) },
  )
}
