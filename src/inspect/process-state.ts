/**
 * What permitted traffic has shown of the process, as far as some rule asks for it (`step`, `while`), and how often commands came
 * (`rate`). Judged by policy/commands, so that a rule means the same on the wire as in a simulation.
 */
import type { ParsedCommand } from '#core/message.ts'
import type { Vocabulary } from '#core/protocol.ts'
import {
  initialCommandState,
  isPlace,
  listOf,
  placeOfName,
  remember,
  type Command,
  type CommandState,
  type Point,
} from '#policy/command-state.ts'
import { evaluateCommand, type CommandReasonId, type CommandVerdict } from '#policy/commands.ts'
import { inRanges, parseRanges, type Ranges, type Written } from '#policy/constraint.ts'
import { fold, Names } from '#policy/names.ts'
import { constraintOf, constraintsIn, whilePoint, type Entry } from '#policy/vocabulary.ts'
import type { Rules } from './rules.ts'

/** Points remembered for one device, and devices. */
const maxPoints = 1024
const maxDevices = 4096
/** Numbers a field is written out to; of a longer one its ends. */
const maxListed = 4096

/** What a rule that asks for values says about where they are. */
interface Narrowed {
  readonly field: string
  readonly ranges?: Ranges
  /** Names, and what they say of where. */
  readonly names?: Names
  readonly cased?: RegExp | undefined
}

/** Places whose values some rule asks for: within all of these; without any, every one. */
type Watched = readonly Narrowed[]

const list = (low: number, high: number): number[] =>
  high - low < maxListed ? Array.from({ length: high - low + 1 }, (_, index) => low + index) : [low, high]

/** The command as policy judges it. */
export const commandOf = (parsed: ParsedCommand, from: string, to: string, at: number): Command => {
  const fields: Record<string, (number | string)[]> = {}
  for (let index = 0; index < parsed.spans; index++)
    (fields[parsed.spanNames[index] ?? ''] ??= []).push(...list(parsed.lows[index] ?? 0, parsed.highs[index] ?? 0))
  for (let index = 0; index < parsed.texts; index++)
    (fields[parsed.textNames[index] ?? ''] ??= []).push(parsed.textValues[index] ?? '')
  if (parsed.valueCount > 0 && !parsed.unreadable)
    fields['values'] = Array.from(parsed.values.subarray(0, parsed.valueCount))
  return {
    op: parsed.op,
    from,
    to,
    at,
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, all]) => [name, all.length === 1 ? (all[0] ?? 0) : all]),
    ),
  }
}

const narrowedBy = (vocabulary: Vocabulary, [word, value]: readonly [word: string, value: Written]): Narrowed[] => {
  const known = constraintOf(vocabulary, word)
  if (known === undefined || !isPlace(known.name)) return []
  const { name: field, constraint } = known
  if (constraint.kind !== 'names') return [{ field, ranges: parseRanges(value) ?? [] }]
  const { cased } = constraint
  const all = listOf(value).flatMap((name) => [name, placeOfName(field, String(name))[0]])
  return [{ field, names: new Names(all, cased), cased }]
}

const watchedBy = ({ vocabulary, conduit }: Rules): Watched[] =>
  (conduit.allow ?? []).flatMap((entry: Entry) => {
    if (typeof entry === 'string') return []
    const placesIn = (words: readonly (readonly [word: string, value: Written])[]): Watched =>
      words.flatMap((one) => narrowedBy(vocabulary, one))
    return [
      ...(entry.while === undefined ? [] : [placesIn(whilePoint(entry.while))]),
      ...(entry.step === undefined ? [] : [placesIn(constraintsIn(entry))]),
    ]
  })

/** Whether some of the numbers of a field that a message has may be asked for: cheap, for most messages are about other places. */
const touches = (watched: Watched, parsed: ParsedCommand): boolean =>
  watched.every(({ field, ranges }) => {
    if (ranges === undefined) return true
    let isThere = false
    for (let index = 0; index < parsed.spans; index++) {
      if (parsed.spanNames[index] !== field) continue
      isThere = true
      const [low, high] = [parsed.lows[index] ?? 0, parsed.highs[index] ?? 0]
      if (ranges.some(([from, to]) => from <= high && to >= low)) return true
    }
    return !isThere
  })

/** What a point does not say it may be. */
const isAsked = (watched: readonly Watched[], point: Point): boolean =>
  watched.some((all) =>
    all.every(({ field, ranges, names, cased }) => {
      const value = point[field]
      if (value === undefined) return true
      if (ranges !== undefined) return inRanges(ranges, Number(value))
      const name = String(value)
      return names?.has(fold(name, cased)) === true || names?.has(placeOfName(field, name)[0]) === true
    }),
  )

export class ProcessState {
  readonly #devices = new Map<string, CommandState>()
  readonly #watched = new WeakMap<Rules, readonly Watched[]>()
  /** What was known of a device before what is at hand was judged; undefined where nothing was remembered since. */
  #before: { readonly device: string; readonly state: CommandState | undefined } | undefined

  /** Something else is judged, of which either all passes or nothing. */
  begin(): void {
    this.#before = undefined
  }

  /** What was judged does not pass: none of its commands was ever given. */
  undo(): void {
    const before = this.#before
    this.#before = undefined
    if (before === undefined) return
    if (before.state === undefined) this.#devices.delete(before.device)
    else this.#devices.set(before.device, before.state)
  }

  /** Judges what depends on the process, and remembers a permitted one. */
  judge(rules: Rules, allow: readonly Entry[], command: Command): CommandVerdict {
    const verdict = evaluateCommand(
      rules.vocabulary,
      { id: rules.conduit.id, allow: [...allow] },
      command,
      this.#of(command.to),
    )
    if (verdict.outcome === 'permit') {
      this.#before ??= { device: command.to, state: this.#devices.get(command.to) }
      this.#keep(command.to, verdict.state)
    }
    return verdict
  }

  /** Why a command is denied, in the words of policy. Changes nothing. */
  explain(rules: Rules, command: Command): { readonly reason: CommandReasonId; readonly detail: string } {
    const { conduit, vocabulary } = rules
    const { reason, detail, outcome } = evaluateCommand(vocabulary, conduit, command, this.#of(command.to))
    // A field too long to be written out was judged whole on the wire.
    return outcome === 'deny' ? { reason, detail } : { reason: 'constraint-broken', detail: 'not all of it is allowed' }
  }

  /** Values of a permitted write, or of an answer, of which some rule may ask. */
  observe(rules: readonly Rules[], parsed: ParsedCommand, from: string, to: string, at: number): void {
    if (parsed.valueCount === 0 || parsed.unreadable) return
    if (!rules.some((one) => one.stateful && this.#watchedBy(one).some((place) => touches(place, parsed)))) return
    const state = this.#of(to)
    // All rules at once: what one of them asks for would else count as seen after what another does.
    const after = remember(state, commandOf(parsed, from, to, at), (point) =>
      rules.some((one) => one.stateful && isAsked(this.#watchedBy(one), point)),
    )
    if (after !== state) this.#keep(to, after)
  }

  #watchedBy(rules: Rules): readonly Watched[] {
    let watched = this.#watched.get(rules)
    if (watched === undefined) {
      watched = watchedBy(rules)
      this.#watched.set(rules, watched)
    }
    return watched
  }

  #of(device: string): CommandState {
    return this.#devices.get(device) ?? initialCommandState
  }

  #keep(device: string, state: CommandState): void {
    if (!this.#devices.has(device) && this.#devices.size >= maxDevices)
      for (const oldest of this.#devices.keys().take(1)) this.#devices.delete(oldest)
    const { points } = state
    this.#devices.set(
      device,
      points.size <= maxPoints ? state : { ...state, points: new Map([...points].slice(-maxPoints)) },
    )
  }
}
