/**
 * What permitted traffic has shown of the process, as far as some rule asks for it (`step`, `while`), and how often commands came
 * (`rate`). Judged by policy/commands, so that a rule means the same on the wire as in a simulation.
 */
import type { ParsedCommand } from '#core/message.ts'
import {
  initialCommandState,
  isPlace,
  remember,
  type Command,
  type CommandState,
  type Point,
} from '#policy/command-state.ts'
import { evaluateCommand, type CommandReasonId, type CommandVerdict } from '#policy/commands.ts'
import { inRanges, parseRanges, type Ranges, type Written } from '#policy/constraint.ts'
import { constraintOf, constraintsIn, whilePoint, type Entry } from '#policy/vocabulary.ts'
import type { Rules } from './rules.ts'

/** Points remembered for one device, and devices. */
const maxPoints = 1024
const maxDevices = 4096
/** Numbers a field is written out to; of a longer one its ends. */
const maxListed = 4096

/** Places whose values some rule asks for; without a field, every one. */
interface Watched {
  readonly field?: string
  readonly ranges?: Ranges
}

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

/** A field that says where, and narrows it down: most messages are about the same unit. */
const narrows = (field: string): boolean => isPlace(field) && field !== 'unit'

const watchedBy = ({ vocabulary, conduit }: Rules): Watched[] =>
  (conduit.allow ?? []).flatMap((entry: Entry) => {
    if (typeof entry === 'string') return []
    const placesIn = (words: readonly (readonly [word: string, value: Written])[]): Watched[] =>
      words.flatMap(([word, value]) => {
        const known = constraintOf(vocabulary, word)
        const ranges = known?.constraint.kind === 'ranges' ? parseRanges(value) : undefined
        return known === undefined || !narrows(known.name) || ranges === undefined
          ? []
          : [{ field: known.name, ranges }]
      })
    const [asked = {}] = entry.while === undefined ? [] : placesIn(whilePoint(entry.while))
    const [stepped = {}] = entry.step === undefined ? [] : placesIn(constraintsIn(entry))
    return [...(entry.while === undefined ? [] : [asked]), ...(entry.step === undefined ? [] : [stepped])]
  })

const touches = ({ field, ranges = [] }: Watched, parsed: ParsedCommand): boolean => {
  if (field === undefined) return true
  for (let index = 0; index < parsed.spans; index++)
    if (
      parsed.spanNames[index] === field &&
      ranges.some(([from, to]) => from <= (parsed.highs[index] ?? 0) && to >= (parsed.lows[index] ?? 0))
    )
      return true
  return false
}

const isAsked = (watched: readonly Watched[], point: Point): boolean =>
  watched.some(({ field, ranges = [] }) => field === undefined || inRanges(ranges, Number(point[field])))

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
