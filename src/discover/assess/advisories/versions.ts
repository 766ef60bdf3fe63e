/**
 * Firmware versions as vendors write them, and the ranges that advisories give: `< V4.5.0`, `16 <= 20`, `All versions prior to 3.2`,
 * `vers:all/<V7.0.3` (the version range specifier of package URLs). What cannot be read is undefined, never a guess.
 */

/** Numbers to compare one by one: the segments, then service pack, then update. */
export type Version = readonly number[]

/** Segments looked at; behind them stand service pack and update. */
const segments = 8
const longest = 200

const form = /^[a-z][a-z. :]{0,15}?(?=\d)|^(?=\d)/i
const body =
  /^(\d{1,9}(?:\.\d{1,9}){0,7})(?:[ ._-]?(?:sp|service pack) ?(\d{1,4}))?(?:[ ._-]?(?:upd|update|hf|hotfix) ?(\d{1,4}))?$/i

/** `V4.5.2`, `33.011`, `FW 2.10`, `SV3.20`, `V15.0 SP1 Update 2`. Undefined for anything else. */
export const parseVersion = (text: string): Version | undefined => {
  const trimmed = text.trim()
  if (trimmed.length > longest) return undefined
  const prefix = form.exec(trimmed)
  const found = prefix === null ? null : body.exec(trimmed.slice(prefix[0].length))
  if (found === null) return undefined
  const numbers = (found[1] ?? '').split('.').map(Number)
  while (numbers.length < segments) numbers.push(0)
  return [...numbers, Number(found[2] ?? 0), Number(found[3] ?? 0)]
}

/** Negative, zero or positive, as for sorting. */
export const compareVersions = (a: Version, b: Version): number => {
  for (const [at, number] of a.entries()) {
    const difference = number - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

type Comparator = '<' | '<=' | '>' | '>=' | '=' | '!='
interface Constraint {
  readonly comparator: Comparator
  readonly version: Version
}

const isComparator = (text: string): text is Comparator => ['<', '<=', '>', '>=', '=', '!='].includes(text)

/** The words of English advisories as comparators. */
const plain = (text: string): string =>
  text
    .replaceAll('≤', '<=')
    .replaceAll('≥', '>=')
    .replaceAll(/\b(?:all )?(?:firmware |software )?versions?\b|\ball\b(?=.)/gi, ' ')
    .replaceAll(/\b(?:prior to|before|earlier than|lower than|up to but not including)\b/gi, '<')
    .replaceAll(/\b(?:up to and including|up to)\b/gi, '<=')
    .replaceAll(/(\S+) ?,? (?:and|or) (?:prior|earlier|older|below|lower)\b/gi, '<= $1')
    .replaceAll(/(\S+) ?,? (?:and|or) (?:later|newer|above|higher)\b/gi, '>= $1')
    .replaceAll(/(\S+) (?:through|to|-|–) (\S+)/gi, '>= $1 <= $2')
    .replaceAll(/,|\band\b/gi, ' ')
    .trim()

const piece = /(<=|>=|!=|<|>|={1,2})? *([^<>=!|\s]+(?: (?:sp|service pack|upd|update|hf|hotfix) ?\d+)*)/giy

const constraintsOf = (text: string): readonly Constraint[] | undefined => {
  const found: Constraint[] = []
  let from = 0
  while (from < text.length) {
    if (text[from] === ' ' || text[from] === '|') {
      from++
      continue
    }
    piece.lastIndex = from
    const match = piece.exec(text)
    if (match === null) return undefined
    const version = parseVersion(match[2] ?? '')
    const comparator = match[1] === undefined || match[1] === '==' ? '=' : match[1]
    if (version === undefined || !isComparator(comparator)) return undefined
    found.push({ comparator, version })
    from = piece.lastIndex
  }
  const [first, second] = found
  // "16 <= 20": from 16 to 20.
  if (found.length === 2 && first?.comparator === '=' && second?.comparator.startsWith('<') === true)
    return [{ ...first, comparator: '>=' }, second]
  return found
}

/** Lower bounds open an interval, upper bounds close the one that is open, or everything below. */
const within = (version: Version, constraints: readonly Constraint[]): boolean => {
  const sorted = constraints.toSorted((a, b) => compareVersions(a.version, b.version))
  const beyond = ({ comparator, version: bound }: Constraint): boolean => {
    const order = compareVersions(version, bound)
    return order > 0 || (order === 0 && comparator === '>=')
  }
  if (sorted.some((one) => one.comparator === '!=' && compareVersions(version, one.version) === 0)) return false
  let lower: Constraint | undefined
  let bounded = false
  for (const one of sorted) {
    const order = compareVersions(version, one.version)
    if (one.comparator === '=' && order === 0) return true
    if (one.comparator.startsWith('>')) lower = one
    if (!one.comparator.startsWith('<')) continue
    const below = order < 0 || (order === 0 && one.comparator === '<=')
    if (below && (lower === undefined ? !bounded : beyond(lower))) return true
    lower = undefined
    bounded = true
  }
  return lower !== undefined && beyond(lower)
}

const everything = /^(?:\*|-|all|any|all versions?|all known versions?|vers:[a-z0-9.+-]+\/\*)$/i

/** Whether a range takes in every version. */
export const isEveryVersion = (range: string): boolean => everything.test(range.trim())

/**
 * Whether a version lies in a range.
 * @returns undefined when one of the two cannot be read
 */
export const inRange = (versionText: string, range: string): boolean | undefined => {
  if (isEveryVersion(range)) return true
  const version = parseVersion(versionText)
  const trimmed = range.trim()
  if (version === undefined || trimmed === '' || trimmed.length > longest) return undefined
  const scheme = /^vers:[a-z0-9.+-]+\//i.exec(trimmed)
  const alternatives = scheme === null ? trimmed.split(/\|\||;/).map(plain) : [trimmed.slice(scheme[0].length)]
  const answers = alternatives.map((one) => {
    const constraints = constraintsOf(one)
    return constraints === undefined || constraints.length === 0 ? undefined : within(version, constraints)
  })
  if (answers.includes(true)) return true
  return answers.includes(undefined) ? undefined : false
}
