/**
 * The verdict on one command, by policy alone: `(conduit, command, state) → (verdict, trace, state')`. Pure.
 * `step` and `while` compare with values seen on the wire in permitted traffic, `rate` with commands permitted before.
 */
import type { Vocabulary } from '#core/protocol.ts'
import type { Conduit } from '#schema/site.ts'
import { lastValue, listOf, remember, touched, valueWhere, type Command, type CommandState } from './command-state.ts'
import { inRanges, keeps, parseRanges, type Seen, type Written } from './constraint.ts'
import {
  constraintOf,
  constraintsIn,
  isImplied,
  isOp,
  isStateful,
  parseRate,
  whilePoint,
  type Entry,
  type Narrowed,
} from './vocabulary.ts'

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

export interface CommandVerdict {
  readonly outcome: 'permit' | 'deny'
  readonly reason: CommandReasonId
  readonly detail: string
  /** Entry of `allow:` that permits it, or that came nearest to. */
  readonly entry?: number
  /** Passed, but somebody should know: a `step` that had nothing to compare with. */
  readonly events: readonly string[]
  readonly trace: readonly CommandStep[]
  readonly state: CommandState
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

const rateKey = (conduit: Judged, entry: number, { from, to }: Command) => `${conduit.id} ${entry} ${from} ${to}`

interface EntryVerdict {
  readonly failure?: Failure
  readonly events: readonly string[]
  /** Times to keep for a rate. */
  readonly times?: readonly number[]
}

const judgeEntry = (
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

/** The further a command got through an entry, the nearer it came. */
const nearness: readonly CommandReasonId[] = [
  'command-not-allowed',
  'constraint-broken',
  'while-unknown',
  'while-false',
  'step-too-large',
  'rate-exceeded',
]

/** A verdict, and the times under a rate that hold with it: what else the command changes is for whoever keeps values. */
export type Judgement = Omit<CommandVerdict, 'state'> & Pick<CommandState, 'permitted'>

/** Judges a command in a conversation that the conduit permits. */
export const judgeCommand = (
  vocabulary: Vocabulary,
  conduit: Judged,
  command: Command,
  state: CommandState,
): Judgement => {
  const { permitted: before } = state
  if (conduit.allow === undefined) {
    const step = { reason: 'service-permitted', detail: `conduit ${conduit.id} permits every command` } as const
    return { outcome: 'permit', ...step, events: [], trace: [step], permitted: before }
  }
  if (isImplied(vocabulary, conduit.allow, command.op)) {
    const step = {
      reason: 'session-implied',
      detail: `\`${command.op}\` belongs to every session of ${vocabulary.name}`,
    } as const
    return { outcome: 'permit', ...step, events: [], trace: [step], permitted: before }
  }
  const trace: CommandStep[] = []
  let nearest: (CommandStep & { entry: number }) | undefined
  let permitted: { readonly index: number; readonly entry: Entry; readonly verdict: EntryVerdict } | undefined
  for (const [index, entry] of conduit.allow.entries()) {
    const verdict = judgeEntry(vocabulary, conduit, index, entry, command, state)
    const { failure } = verdict
    if (failure === undefined) {
      // One that permits it whatever was seen before goes first, so that it uses up no rate: the order does not matter.
      if (permitted === undefined || !isStateful(entry)) permitted = { index, entry, verdict }
      if (!isStateful(entry)) break
      continue
    }
    const step = { entry: index, ...failure }
    trace.push(step)
    if (nearest === undefined || nearness.indexOf(failure.reason) > nearness.indexOf(nearest.reason)) nearest = step
  }
  if (permitted !== undefined) {
    const { index, entry, verdict } = permitted
    const { events, times } = verdict
    const step = {
      entry: index,
      reason: 'command-permitted',
      detail: `allowed by ${typeof entry === 'string' ? entry : `op ${entry.op}`}`,
    } as const
    return {
      outcome: 'permit',
      ...step,
      events,
      trace: [...trace, step],
      permitted: times === undefined ? before : new Map(before).set(rateKey(conduit, index, command), times),
    }
  }
  const reason = nearest?.reason ?? 'command-not-allowed'
  const detail =
    reason === 'command-not-allowed'
      ? `conduit ${conduit.id} does not allow \`${command.op}\``
      : (nearest?.detail ?? '')
  return {
    outcome: 'deny',
    reason,
    detail,
    ...(nearest === undefined ? {} : { entry: nearest.entry }),
    events: [],
    trace,
    permitted: before,
  }
}

/**
 * Judges a command in a conversation that the conduit permits.
 * @returns the state to judge the next command with; a denied command leaves it as it is
 */
export const evaluateCommand = (
  vocabulary: Vocabulary,
  conduit: Judged,
  command: Command,
  state: CommandState,
): CommandVerdict => {
  const { permitted, ...verdict } = judgeCommand(vocabulary, conduit, command, state)
  return { ...verdict, state: verdict.outcome === 'deny' ? state : remember({ ...state, permitted }, command) }
}

/** Conduits add up: the command passes when one of them permits it; else the one that came nearest explains why not. */
export const evaluateCommands = (
  vocabulary: Vocabulary,
  conduits: readonly Judged[],
  command: Command,
  state: CommandState,
): CommandVerdict & { readonly conduit?: string } => {
  let nearest: (CommandVerdict & { conduit: string }) | undefined
  let permitted: (CommandVerdict & { conduit: string }) | undefined
  const trace: CommandStep[] = []
  for (const conduit of conduits) {
    const verdict = { ...evaluateCommand(vocabulary, conduit, command, state), conduit: conduit.id }
    trace.push(...verdict.trace)
    if (verdict.outcome === 'permit') {
      const entry = verdict.entry === undefined ? undefined : conduit.allow?.[verdict.entry]
      if (entry === undefined || !isStateful(entry)) return { ...verdict, trace }
      permitted ??= verdict
    } else if (nearest === undefined || nearness.indexOf(verdict.reason) > nearness.indexOf(nearest.reason))
      nearest = verdict
  }
  if (permitted !== undefined) return { ...permitted, trace }
  return nearest === undefined
    ? {
        outcome: 'deny',
        reason: 'command-not-allowed',
        detail: 'no conduit covers the conversation',
        events: [],
        trace,
        state,
      }
    : { ...nearest, trace }
}
