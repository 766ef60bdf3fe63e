/**
 * What permitted traffic has shown of the process, as far as some rule asks for it (`step`, `while`), and how often commands came
 * (`rate`). Judged by policy/commands, so that a rule means the same on the wire as in a simulation.
 */
import type { ParsedCommand } from '#core/message.ts'
import { initialCommandState, remember, type Command, type CommandState } from '#policy/command-state.ts'
import { evaluateCommand, type CommandReasonId, type CommandVerdict } from '#policy/commands.ts'
import { parseRanges, type Ranges } from '#policy/constraint.ts'
import { constraintOf, constraintsIn, whilePoint, type Entry } from '#policy/vocabulary.ts'
import type { Rules } from './rules.ts'

/** Points remembered for one device, and devices. */
const maxPoints = 1024
const maxDevices = 4096
/** Numbers a field is written out to; of a longer one its ends. */
const maxListed = 4096

/** Addresses whose values some rule asks for; without a field, every one. */
interface Watched {
  readonly field?: string
  readonly ranges: Ranges
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

const addressWords: ReadonlySet<string> = new Set(['values', 'quantity', 'unit'])

const watchedBy = ({ vocabulary, conduit }: Rules): Watched[] =>
  (conduit.allow ?? []).flatMap((entry: Entry) => {
    if (typeof entry === 'string') return []
    const places: Watched[] = []
    for (const [word, value] of entry.while === undefined ? [] : whilePoint(entry.while)) {
      const field = constraintOf(vocabulary, word)?.name ?? word
      const ranges = parseRanges(value)
      if (!addressWords.has(field) && ranges !== undefined) places.push({ field, ranges })
    }
    if (entry.while !== undefined && places.length === 0) places.push({ ranges: [] })
    if (entry.step === undefined) return places
    const [place] = constraintsIn(entry).flatMap(([word, value]) => {
      const known = constraintOf(vocabulary, word)
      const ranges = known?.constraint.kind === 'ranges' ? parseRanges(value) : undefined
      return known === undefined || addressWords.has(known.name) || ranges === undefined
        ? []
        : [{ field: known.name, ranges }]
    })
    return [...places, place ?? { ranges: [] }]
  })

const isIn = (ranges: Ranges, value: number) => ranges.some(([from, to]) => value >= from && value <= to)

/** The part of a command whose values are asked for; undefined when there is none. */
const asked = (watched: readonly Watched[], parsed: ParsedCommand, command: Command): Command | undefined => {
  if (watched.some(({ field }) => field === undefined)) return command
  for (let index = 0; index < parsed.spans; index++) {
    const low = parsed.lows[index] ?? 0
    const size = (parsed.highs[index] ?? 0) - low + 1
    const field = parsed.spanNames[index] ?? ''
    const here = watched.filter((one) => one.field === field)
    if (here.length === 0 || size !== parsed.valueCount) continue
    const places = list(low, low + size - 1).filter((place) => here.some(({ ranges }) => isIn(ranges, place)))
    if (places.length === 0) continue
    const values = places.map((place) => parsed.values[place - low] ?? 0)
    return { ...command, fields: { ...command.fields, [field]: places, values } }
  }
  return undefined
}

export class ProcessState {
  readonly #devices = new Map<string, CommandState>()
  readonly #watched = new WeakMap<Rules, readonly Watched[]>()

  /** Judges what depends on the process, and remembers a permitted one. */
  judge(rules: Rules, allow: readonly Entry[], command: Command): CommandVerdict {
    const verdict = evaluateCommand(
      rules.vocabulary,
      { id: rules.conduit.id, allow: [...allow] },
      command,
      this.#of(command.to),
    )
    if (verdict.outcome === 'permit') this.#keep(command.to, verdict.state)
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
  observe(rules: Rules, parsed: ParsedCommand, from: string, to: string, at: number): void {
    let watched = this.#watched.get(rules)
    if (watched === undefined) {
      watched = watchedBy(rules)
      this.#watched.set(rules, watched)
    }
    if (watched.length === 0 || parsed.valueCount === 0 || parsed.unreadable) return
    const part = asked(watched, parsed, commandOf(parsed, from, to, at))
    if (part !== undefined) this.#keep(to, remember(this.#of(to), part))
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
