/**
 * Whether one entry of `allow:` permits a command: `(entry, command, state) → (failure or none, times to keep)`. Pure.
 * `step` and `while` compare with values seen on the wire in permitted traffic, `rate` with commands permitted before.
 */
import type { Vocabulary } from '#core/protocol.ts'
import type { Conduit } from '#schema/site.ts'
import { lastValue, listOf, touched, valueWhere, type Command, type CommandState } from './command-state.ts'
import { inRanges, keeps, parseRanges, type Seen, type Written } from './constraint.ts'
import { constraintOf, constraintsIn, isOp, parseRate, whilePoint, type Entry, type Narrowed } from './vocabulary.ts'

/** Why a command is judged as it is: a closed list with stable ids. */
export const commandReasons = {
  'service-permitted': 'the whole service is permitted',
  'command-permitted': 'the command is allowed',
  'session-implied': 'it opens, keeps or ends the conversation that allowed commands need',
  'command-not-allowed': 'the command is not on the list',
  'constraint-broken': 'the command is allowed, but not with these values',
  'step-too-large':
    'the value changes by more than the step allowed at once, or is no longer known, among more than are kept of a device',
  'rate-exceeded': 'the command came more often than allowed',
  'while-unknown': 'the process state it depends on has not been seen yet',
  'while-false': 'the process is not in the state it depends on',
} as const
export type CommandReasonId = keyof typeof commandReasons

export interface CommandStep {
  /** Position in `allow:`; absent: the conduit itself. */
  readonly entry?: number
  readonly reason: CommandReasonId
  /** What failed, or was met, in words. */
  readonly detail: string
  /** Field without which it cannot be told, and that the command does not say. */
  readonly lacks?: string
}

export type Judged = Pick<Conduit, 'id' | 'allow'>

type Failure = Omit<CommandStep, 'entry'>
const shown = (value: Seen | Written) => listOf(value).join(', ')

const broken = (vocabulary: Vocabulary, entry: Narrowed, command: Command): Failure | undefined => {
  let lacking: Failure | undefined
  for (const [word, written] of constraintsIn(entry)) {
    const known = constraintOf(vocabulary, word)
    const seen = known && command.fields[known.name]
    if (known === undefined || seen === undefined)
      lacking ??= {
        reason: 'constraint-broken',
        detail: `\`${word}\` must be ${shown(written)} and is not known`,
        lacks: word,
      }
    else if (!keeps(known.constraint, written, seen))
      return { reason: 'constraint-broken', detail: `${word} ${shown(seen)} is not within ${shown(written)}` }
  }
  return lacking
}

const forgotten = (fields: readonly (readonly [string, string | number])[]): string =>
  `the value of ${fields.map(([field, value]) => `${field} ${value}`).join(' ')} is no longer known, among more than are kept of a device: it must be read before it is written`

const stepped = (limit: number, command: Command, state: CommandState): { failure?: Failure; unknown: boolean } => {
  const points = touched(command).filter(({ value }) => value !== undefined)
  if (points.length === 0)
    return {
      failure: { reason: 'constraint-broken', detail: 'the value that `step` compares is not known', lacks: 'value' },
      unknown: false,
    }
  let unknown = false
  for (const { point, offset, value } of points) {
    if (value === undefined) continue
    const last = lastValue(state, command.to, point, offset)
    if (last === undefined) {
      unknown = true
      if (state.forgot === true)
        return { failure: { reason: 'step-too-large', detail: forgotten(Object.entries(point)) }, unknown }
      continue
    }
    for (const from of [last.value, last.or ?? last.value])
      if (Math.abs(value - from) > limit)
        return {
          failure: { reason: 'step-too-large', detail: `from ${from} to ${value} is more than ${limit}` },
          unknown,
        }
  }
  return { unknown }
}

const inState = (
  vocabulary: Vocabulary,
  entry: Narrowed,
  command: Command,
  state: CommandState,
): Failure | undefined => {
  if (entry.while === undefined) return undefined
  const { equals, in: within } = entry.while
  const words = whilePoint(entry.while)
  const wanted = Object.fromEntries(
    words.map(([word, value]) => [constraintOf(vocabulary, word)?.name ?? word, shown(value)]),
  )
  const name = words.map(([word, value]) => `${word} ${shown(value)}`).join(' ')
  const value = valueWhere(state, command.to, wanted)
  if (value === undefined) return { reason: 'while-unknown', detail: `no value of ${name} has been seen` }
  const right =
    (equals === undefined || value === equals) && (within === undefined || inRanges(parseRanges(within) ?? [], value))
  return right
    ? undefined
    : { reason: 'while-false', detail: `${name} is ${value}, not ${equals ?? `in ${shown(within ?? '')}`}` }
}

/** Names what one `rate` counts together: one entry between two addresses. */
export const rateKey = (conduit: Judged, entry: number, { from, to }: Command) => `${conduit.id} ${entry} ${from} ${to}`

export interface EntryVerdict {
  readonly failure?: Failure
  readonly events: readonly string[]
  /** Times to keep for a rate, ms since 1970. */
  readonly times?: readonly number[]
}

/** @param index position of the entry in `allow:` */
export const judgeEntry = (
  vocabulary: Vocabulary,
  conduit: Judged,
  index: number,
  entry: Entry,
  command: Command,
  state: CommandState,
): EntryVerdict => {
  if (!isOp(vocabulary, entry, command.op))
    return {
      failure: {
        reason: 'command-not-allowed',
        detail: typeof entry === 'string' ? `allows ${entry}` : `allows ${entry.op}`,
      },
      events: [],
    }
  if (typeof entry === 'string') return { events: [] }
  const constraint = broken(vocabulary, entry, command)
  if (constraint !== undefined) return { failure: constraint, events: [] }
  const condition = inState(vocabulary, entry, command, state)
  if (condition !== undefined) return { failure: condition, events: [] }
  const step = entry.step === undefined ? { unknown: false } : stepped(entry.step, command, state)
  if (step.failure !== undefined) return { failure: step.failure, events: [] }
  const events = step.unknown ? ['step: no value has been seen yet to compare with'] : []
  if (entry.rate === undefined) return { events }
  const { count, ms } = parseRate(entry.rate)
  // A clock that was set back leaves times that are still to come: they say nothing of how often it came lately.
  const recent = (state.permitted.get(rateKey(conduit, index, command)) ?? []).filter(
    (time) => time > command.at - ms && time <= command.at,
  )
  if (recent.length >= count)
    return {
      failure: {
        reason: 'rate-exceeded',
        detail: `${recent.length} passed already within ${entry.rate.slice(entry.rate.indexOf('/') + 1)}, of ${entry.rate}`,
      },
      events,
    }
  return { events, times: [...recent, command.at] }
}
