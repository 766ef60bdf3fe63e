/**
 * The commands a conduit allows, as tables that judge a parsed message without allocating. What depends on the process (`step`,
 * `rate`, `while`) is left to policy/commands, by which everything here is held equal.
 */
import type { Vocabulary } from '#core/protocol.ts'
import type { ParsedCommand } from '#core/message.ts'
import { parseRanges, type Ranges } from '#policy/constraint.ts'
import { Names } from '#policy/names.ts'
import { constraintOf, constraintsIn, type Entry } from '#policy/vocabulary.ts'
import { isImplied, isOp, isStateful } from '#policy/vocabulary.ts'
import type { PlanConduit } from '#policy/plan.ts'

/** One thing an entry narrows: every number, or every text, of a field must be within it. */
interface Check {
  readonly field: string
  /** Sorted, merged, inclusive; for numbers. */
  readonly ranges?: Ranges
  /** For texts, and those of them that have a case. */
  readonly names?: Names
  readonly cased?: RegExp | undefined
  /** What only the beginning of a connection tells: with the beginning unseen it is not known. */
  readonly ofConnection: boolean
}

interface NarrowedEntry {
  readonly checks: readonly Check[]
  /** It depends on the process too. */
  readonly stateful: boolean
  /** It compares the values, so they must be readable. */
  readonly compares: boolean
}

/** What a conduit says about one command. */
interface OpRule {
  /** Allowed whatever its fields are. */
  readonly always: boolean
  readonly narrowed: readonly NarrowedEntry[]
}

export type Quick = 'permit' | 'deny' | 'stateful'

/** Ranges that touch are one, so that a span across both is within them. */
const merged = (ranges: Ranges): Ranges => {
  const all: [number, number][] = []
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = all.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}

const checkOf = (vocabulary: Vocabulary, word: string, written: Parameters<typeof parseRanges>[0]): Check => {
  const known = constraintOf(vocabulary, word)
  const ofConnection = known?.constraint.of === 'connection'
  const field = known?.name ?? word
  if (known?.constraint.kind === 'names') {
    const { cased } = known.constraint
    return { field, names: new Names(written, cased), cased, ofConnection }
  }
  if (known?.constraint.kind === 'number') return { field, ranges: [[-Infinity, Number(written)]], ofConnection }
  return { field, ranges: merged(parseRanges(written) ?? []), ofConnection }
}

const entryOf = (vocabulary: Vocabulary, entry: Exclude<Entry, string>): NarrowedEntry => ({
  checks: constraintsIn(entry).map(([word, written]) => checkOf(vocabulary, word, written)),
  stateful: isStateful(entry),
  compares: entry.step !== undefined,
})

const ruleOf = (vocabulary: Vocabulary, allow: readonly Entry[], op: string): OpRule => {
  const entries = allow.filter((entry) => isOp(vocabulary, entry, op))
  const narrowed = entries.flatMap((entry) => (typeof entry === 'string' ? [] : [entryOf(vocabulary, entry)]))
  return {
    always:
      isImplied(vocabulary, allow, op) ||
      entries.some((entry) => typeof entry === 'string') ||
      narrowed.some(({ checks, stateful }) => checks.length === 0 && !stateful),
    narrowed,
  }
}

const isWithin = (ranges: Ranges, low: number, high: number): boolean => {
  for (let index = 0; index < ranges.length; index++) {
    const range = ranges[index]
    if (range !== undefined && low >= range[0] && high <= range[1]) return true
  }
  return false
}

/** Texts seen, in lower case: the same few come again and again. */
const lowered = new Map<string, string>()
const lower = (text: string): string => {
  const known = lowered.get(text)
  if (known !== undefined) return known
  if (lowered.size > 4096) lowered.clear()
  const made = text.toLowerCase()
  lowered.set(text, made)
  return made
}

/** As `fold`, without a new text for each. */
const folded = (text: string, cased: RegExp | undefined): string => (cased?.test(text) === true ? text : lower(text))

const holds = (check: Check, command: ParsedCommand, whole: boolean): boolean => {
  const { field, ranges, names, cased } = check
  let seen = false
  if (field === 'values') {
    if (command.unreadable || ranges === undefined) return false
    for (let index = 0; index < command.valueCount; index++) {
      const value = command.values[index] ?? Number.NaN
      if (!isWithin(ranges, value, value)) return false
    }
    return command.valueCount > 0
  }
  for (let index = 0; index < command.spans; index++) {
    if (command.spanNames[index] !== field) continue
    seen = true
    const low = command.lows[index] ?? Number.NaN
    if (
      names !== undefined ? !names.has(String(low)) : !isWithin(ranges ?? [], low, command.highs[index] ?? Number.NaN)
    )
      return false
  }
  for (let index = 0; index < command.texts; index++) {
    if (command.textNames[index] !== field) continue
    seen = true
    const text = command.textValues[index] ?? ''
    if (names === undefined ? !isWithin(ranges ?? [], Number(text), Number(text)) : !names.has(folded(text, cased)))
      return false
  }
  return seen || (check.ofConnection && !whole)
}

/** What one conduit allows, by command. */
export class Rules {
  readonly conduit: PlanConduit
  readonly vocabulary: Vocabulary
  readonly #rules: ReadonlyMap<string, OpRule>
  /** Some entry depends on values or times seen before. */
  readonly stateful: boolean

  constructor(vocabulary: Vocabulary, conduit: PlanConduit) {
    this.conduit = conduit
    this.vocabulary = vocabulary
    const allow = conduit.allow ?? []
    this.#rules = new Map(Object.keys(vocabulary.ops).map((op) => [op, ruleOf(vocabulary, allow, op)]))
    this.stateful = [...this.#rules.values()].some(({ narrowed }) => narrowed.some((entry) => entry.stateful))
  }

  /**
   * Judges by the message alone. `stateful` when that does not decide.
   * @param whole whether the beginning of the connection was seen; else what only it tells passes where the conduit fails open
   */
  quick(command: ParsedCommand, whole: boolean): Quick {
    const rule = this.#rules.get(command.op)
    if (rule === undefined) return 'deny'
    if (rule.always) return 'permit'
    const { narrowed } = rule
    let undecided = false
    for (let index = 0; index < narrowed.length; index++) {
      const entry = narrowed[index]
      if (entry === undefined || !this.#keeps(entry, command, whole)) continue
      if (!entry.stateful) return 'permit'
      undecided = true
    }
    return undecided ? 'stateful' : 'deny'
  }

  /** Whether the fields of a command keep within one entry of `allow:`. */
  keepsEntry(index: number, command: ParsedCommand, whole: boolean): boolean {
    const entry = this.conduit.allow?.[index]
    if (entry === undefined || !isOp(this.vocabulary, entry, command.op)) return false
    return typeof entry === 'string' || this.#keeps(entryOf(this.vocabulary, entry), command, whole)
  }

  #keeps({ checks, compares }: NarrowedEntry, command: ParsedCommand, whole: boolean): boolean {
    if (compares && (command.unreadable || command.valueCount === 0 || command.first < 0)) return false
    const known = whole || this.conduit.closedOn?.includes('unsynchronised') === true
    for (let index = 0; index < checks.length; index++) {
      const check = checks[index]
      if (check !== undefined && !holds(check, command, known)) return false
    }
    return true
  }
}
