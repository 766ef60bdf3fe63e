/** A policy ready for use: read, of the right shape and checked. */
import { Fault } from '#core/errors.ts'
import type { Site } from '#schema/site.ts'
import { check } from './check/index.ts'
import type { Source } from './locate.ts'
import { parsePolicy, readPolicy, type Parsed } from './parse.ts'
import { inOrder, isError, type Problem } from './problem.ts'
import { countText, problemLines } from './report.ts'
import { salvage } from './salvage.ts'

/** Problems told in the details of a fault; `bulkhead policy check` shows all. */
const told = 20

export interface Loaded {
  readonly site: Site
  readonly source: Source
  readonly warnings: readonly Problem[]
}

export interface Examined extends Parsed {
  /** Of shape and meaning, in the order of the text. */
  readonly problems: readonly Problem[]
}

const examined = (parsed: Parsed, now: number): Examined => {
  const { site, source, raw, problems } = parsed
  if (site !== undefined) return { ...parsed, problems: inOrder([...problems, ...check(site, source, now)]) }
  const rest = salvage(raw, problems, source)
  if (rest === undefined) return parsed
  const further = check(rest.site, rest.source, now).filter((problem) => !rest.isConsequence(problem))
  return { ...parsed, problems: inOrder([...problems, ...further]) }
}

/**
 * Reads a policy file (`-`: standard input) and finds everything wrong with it.
 * @throws Fault `file-unreadable`
 */
export const examinePolicy = (file: string, now = Date.now()): Examined => examined(readPolicy(file), now)

/** The same for a document that is in memory; `name` stands for its file in problems. */
export const examinePolicyText = (text: string | Uint8Array, name: string, now = Date.now()): Examined =>
  examined(parsePolicy(text, name), now)

const loaded = ({ site, source, problems }: Examined): Loaded => {
  const errors = problems.filter(isError)
  if (site !== undefined && errors.length === 0) return { site, source, warnings: problems }
  const lines = errors
    .slice(0, told)
    .map((problem) => problemLines(problem, undefined, { excerpt: false, colour: false }))
  const more = errors.length - told
  throw new Fault('policy-invalid', `The policy ${source.file} has ${countText(errors) ?? 'errors'}.`, {
    details: more > 0 ? [...lines, `and ${more} more`] : lines,
  })
}

/**
 * Reads a policy file that is to be used.
 * @throws Fault `file-unreadable`, or `policy-invalid` with every error as a detail
 */
export const loadPolicy = (file: string, now = Date.now()): Loaded => loaded(examinePolicy(file, now))

/** The same for a document that is in memory. */
export const loadPolicyText = (text: string | Uint8Array, name: string, now = Date.now()): Loaded =>
  loaded(examinePolicyText(text, name, now))
