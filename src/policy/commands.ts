/**
 * The verdict on one command, by policy alone: `(conduit, command, state) → (verdict, trace, state')`. Pure.
 * `step` and `while` compare with values seen on the wire in permitted traffic, `rate` with commands permitted before.
 */
import type { Vocabulary } from '#core/protocol.ts'
import type { Conduit } from '#schema/site.ts'
import { inRanges, keeps, parseRanges, type Seen, type Written } from './constraint.ts'
import { constraintOf, ownKeys } from './vocabulary.ts'

/** Why a command is judged as it is: a closed list with stable ids. */
export const commandReasons = {
  'service-permitted': 'the whole service is permitted',
  'command-permitted': 'the command is allowed',
  'command-not-allowed': 'the command is not on the list',
  'constraint-broken': 'the command is allowed, but not with these values',
  'step-too-large': 'the value changes by more than the step allowed at once',
  'rate-exceeded': 'the command came more often than allowed',
  'while-unknown': 'the process state it depends on has not been seen yet',
  'while-false': 'the process is not in the state it depends on',
} as const
export type CommandReasonId = keyof typeof commandReasons

export interface Command {
  readonly op: string
  /** Address (or name) of the client and of the device. */
  readonly from: string
  readonly to: string
  /** ms since 1970. */
  readonly at: number
  /** By the names of the protocol's constraints: one value, or one for each point the message touches. */
  readonly fields: Readonly<Record<string, Seen>>
}

type Point = Readonly<Record<string, string | number>>
interface Observed {
  readonly to: string
  readonly point: Point
  readonly value: number
}

/** What permitted traffic has shown so far. */
export interface CommandState {
  /** Last value of each point of each device; the latest observation is last. */
  readonly points: ReadonlyMap<string, Observed>
  /** Times (ms) of permitted commands under a rate, oldest first. */
  readonly permitted: ReadonlyMap<string, readonly number[]>
}

export const initialCommandState: CommandState = { points: new Map(), permitted: new Map() }

export interface CommandStep {
  /** Position in `allow:`; absent: the conduit itself. */
  readonly entry?: number
  readonly reason: CommandReasonId
  /** What failed, or was met, in words. */
  readonly detail: string
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
type Entry = NonNullable<Conduit['allow']>[number]

/** Fields that say how much or what, not where. */
const notPoint: ReadonlySet<string> = new Set(['values', 'quantity'])
const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])
const pointKey = (to: string, point: Point) => `${to} ${JSON.stringify(Object.entries(point).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`

/** The points a command touches, each with the value it carries; a list of addresses pairs with a list of values. */
const touched = ({ fields }: Command): { point: Point; value: number | undefined }[] => {
  const names = Object.keys(fields).filter((name) => !notPoint.has(name))
  const count = Math.max(1, ...names.map((name) => list(fields[name]!).length))
  const values = fields['values'] === undefined ? [] : list<string | number>(fields['values'])
  return Array.from({ length: count }, (_, i) => {
    const point = Object.fromEntries(
      names.map((name) => {
        const all = list<string | number>(fields[name]!)
        return [name, all[Math.min(i, all.length - 1)]!]
      }),
    )
    const value = values[values.length === 1 ? 0 : i]
    return { point, value: value === undefined ? undefined : Number(value) }
  })
}

/** Records a value seen in permitted traffic: a write that passed, or a read's answer. */
export const observe = (state: CommandState, to: string, point: Point, value: number): CommandState => {
  const key = pointKey(to, point)
  const points = new Map(state.points)
  points.delete(key)
  points.set(key, { to, point, value })
  return { ...state, points }
}

const unitMs = { s: 1000, min: 60_000, h: 3_600_000 } as const
const parseRate = (text: string): { count: number; ms: number } => {
  const [count = '0', unit = 's'] = text.split('/')
  return { count: Number(count), ms: unitMs[unit as keyof typeof unitMs] }
}

type Failure = Omit<CommandStep, 'entry'>
const shown = (value: Seen | Written) => list<string | number>(value).join(', ')

const broken = (vocabulary: Vocabulary, entry: Exclude<Entry, string>, command: Command): Failure | undefined => {
  for (const [word, written] of Object.entries(entry)) {
    if (ownKeys.has(word)) continue
    const known = constraintOf(vocabulary, word)
    const seen = known && command.fields[known.name]
    if (known === undefined || seen === undefined) return { reason: 'constraint-broken', detail: `\`${word}\` must be ${shown(written as Written)} and is not known` }
    if (!keeps(known.constraint, written as Written, seen))
      return { reason: 'constraint-broken', detail: `${word} ${shown(seen)} is not within ${shown(written as Written)}` }
  }
  return undefined
}

const stepped = (limit: number, command: Command, state: CommandState): { failure?: Failure; unknown: boolean } => {
  let unknown = false
  for (const { point, value } of touched(command)) {
    if (value === undefined) continue
    const last = state.points.get(pointKey(command.to, point)) ?? lastOf(state, command.to, point)
    if (last === undefined) unknown = true
    else if (Math.abs(value - last.value) > limit)
      return { failure: { reason: 'step-too-large', detail: `from ${last.value} to ${value} is more than ${limit}` }, unknown }
  }
  return { unknown }
}

/** The latest observation of a point that one side describes more closely than the other, such as with a unit. */
const lastOf = (state: CommandState, to: string, wanted: Point): Observed | undefined =>
  [...state.points.values()].findLast((seen) => {
    const names = Object.keys(seen.point)
    const shared = names.filter((name) => wanted[name] !== undefined)
    const nested = shared.length > 0 && (shared.length === names.length || shared.length === Object.keys(wanted).length)
    return seen.to === to && nested && shared.every((name) => String(seen.point[name]) === String(wanted[name]))
  })

const inState = (vocabulary: Vocabulary, condition: NonNullable<Exclude<Entry, string>['while']>, command: Command, state: CommandState): Failure | undefined => {
  const { equals, in: within, ...words } = condition
  const wanted = Object.fromEntries(Object.entries(words).map(([word, value]) => [constraintOf(vocabulary, word)?.name ?? word, shown(value as Written)]))
  const name = Object.entries(words).map(([word, value]) => `${word} ${shown(value as Written)}`).join(' ')
  const seen = [...state.points.values()].findLast(
    ({ to, point }) => to === command.to && Object.entries(wanted).every(([field, value]) => point[field] !== undefined && String(point[field]) === value),
  )
  if (seen === undefined) return { reason: 'while-unknown', detail: `no value of ${name} has been seen` }
  const right = (equals === undefined || seen.value === equals) && (within === undefined || inRanges(parseRanges(within) ?? [], seen.value))
  return right ? undefined : { reason: 'while-false', detail: `${name} is ${seen.value}, not ${equals ?? `in ${shown(within ?? '')}`}` }
}

const rateKey = (conduit: Judged, entry: number, { from, to }: Command) => `${conduit.id} ${entry} ${from} ${to}`

const isOp = (vocabulary: Vocabulary, entry: Entry, op: string): boolean => {
  if (typeof entry !== 'string') return entry.op === op
  return entry === op || (Object.hasOwn(vocabulary.ops, op) && vocabulary.ops[op]?.risk === entry)
}

interface EntryVerdict {
  readonly failure?: Failure
  readonly events: readonly string[]
  /** Times to keep for a rate. */
  readonly times?: readonly number[]
}

const judgeEntry = (vocabulary: Vocabulary, conduit: Judged, index: number, entry: Entry, command: Command, state: CommandState): EntryVerdict => {
  if (!isOp(vocabulary, entry, command.op))
    return { failure: { reason: 'command-not-allowed', detail: typeof entry === 'string' ? `allows ${entry}` : `allows ${entry.op}` }, events: [] }
  if (typeof entry === 'string') return { events: [] }
  const constraint = broken(vocabulary, entry, command)
  if (constraint !== undefined) return { failure: constraint, events: [] }
  const condition = entry.while && inState(vocabulary, entry.while, command, state)
  if (condition !== undefined) return { failure: condition, events: [] }
  const step = entry.step === undefined ? { unknown: false } : stepped(entry.step, command, state)
  if (step.failure !== undefined) return { failure: step.failure, events: [] }
  const events = step.unknown ? ['step: no value has been seen yet to compare with'] : []
  if (entry.rate === undefined) return { events }
  const { count, ms } = parseRate(entry.rate)
  const recent = (state.permitted.get(rateKey(conduit, index, command)) ?? []).filter((time) => time > command.at - ms)
  if (recent.length >= count) return { failure: { reason: 'rate-exceeded', detail: `${recent.length} passed already within ${entry.rate.slice(entry.rate.indexOf('/') + 1)}, of ${entry.rate}` }, events }
  return { events, times: [...recent, command.at] }
}

/** The further a command got through an entry, the nearer it came. */
const nearness: readonly CommandReasonId[] = ['command-not-allowed', 'constraint-broken', 'while-unknown', 'while-false', 'step-too-large', 'rate-exceeded']

const remember = (state: CommandState, command: Command): CommandState =>
  touched(command).reduce((seen, { point, value }) => (value === undefined ? seen : observe(seen, command.to, point, value)), state)

/**
 * Judges a command in a conversation that the conduit permits.
 * @returns the state to judge the next command with; a denied command leaves it as it is
 */
export const evaluateCommand = (vocabulary: Vocabulary, conduit: Judged, command: Command, state: CommandState): CommandVerdict => {
  if (conduit.allow === undefined) {
    const step = { reason: 'service-permitted', detail: `conduit ${conduit.id} permits every command` } as const
    return { outcome: 'permit', ...step, events: [], trace: [step], state: remember(state, command) }
  }
  const trace: CommandStep[] = []
  let nearest: (CommandStep & { entry: number }) | undefined
  for (const [index, entry] of conduit.allow.entries()) {
    const { failure, events, times } = judgeEntry(vocabulary, conduit, index, entry, command, state)
    if (failure === undefined) {
      const step = { entry: index, reason: 'command-permitted', detail: `allowed by ${typeof entry === 'string' ? entry : `op ${entry.op}`}` } as const
      const permitted = times === undefined ? state.permitted : new Map(state.permitted).set(rateKey(conduit, index, command), times)
      return { outcome: 'permit', ...step, events, trace: [...trace, step], state: remember({ ...state, permitted }, command) }
    }
    const step = { entry: index, ...failure }
    trace.push(step)
    if (nearest === undefined || nearness.indexOf(failure.reason) > nearness.indexOf(nearest.reason)) nearest = step
  }
  const reason = nearest?.reason ?? 'command-not-allowed'
  const detail = reason === 'command-not-allowed' ? `conduit ${conduit.id} does not allow \`${command.op}\`` : (nearest?.detail ?? '')
  return { outcome: 'deny', reason, detail, ...(nearest === undefined ? {} : { entry: nearest.entry }), events: [], trace, state }
}

/** Conduits add up: the command passes when one of them permits it; else the one that came nearest explains why not. */
export const evaluateCommands = (vocabulary: Vocabulary, conduits: readonly Judged[], command: Command, state: CommandState): CommandVerdict & { readonly conduit?: string } => {
  let nearest: (CommandVerdict & { conduit: string }) | undefined
  const trace: CommandStep[] = []
  for (const conduit of conduits) {
    const verdict = evaluateCommand(vocabulary, conduit, command, state)
    trace.push(...verdict.trace)
    if (verdict.outcome === 'permit') return { ...verdict, trace, conduit: conduit.id }
    if (nearest === undefined || nearness.indexOf(verdict.reason) > nearness.indexOf(nearest.reason)) nearest = { ...verdict, conduit: conduit.id }
  }
  return nearest === undefined
    ? { outcome: 'deny', reason: 'command-not-allowed', detail: 'no conduit covers the conversation', events: [], trace, state }
    : { ...nearest, trace }
}
