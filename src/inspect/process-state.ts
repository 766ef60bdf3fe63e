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
  shownBy,
  type Command,
  type CommandState,
} from '#policy/command-state.ts'
import { Points, type Observed, type Point } from '#policy/points.ts'
import type { CommandReasonId } from '#policy/command-entry.ts'
import { judgeCommand, type Judgement } from '#policy/commands.ts'
import { inRanges, parseRanges, type Ranges, type Written } from '#policy/constraint.ts'
import { fold, Names } from '#policy/names.ts'
import { constraintOf, constraintsIn, whilePoint, type Entry } from '#policy/vocabulary.ts'
import type { Rules } from './rules.ts'

/** Devices, points remembered of one of them (as many as Modbus has registers), and of all; so many each has in any case. */
const maxDevices = 4096
const maxPoints = 65_536
const maxAll = 131_072
const minPoints = 1024
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
    ...(parsed.first === 0 ? {} : { first: parsed.first }),
    ...(parsed.idle ? { idle: true } : {}),
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

/** What a device was seen with. */
interface Device {
  readonly points: Points
  permitted: CommandState['permitted']
  forgot: boolean
  /** It made room for another one. */
  gone: boolean
}

/** Something that was noted, and what stood there before. */
interface Change {
  readonly device: Device
  readonly key: string
  readonly before: Observed | undefined
  readonly now: Observed
}

export class ProcessState {
  readonly #devices = new Map<string, Device>()
  readonly #watched = new WeakMap<Rules, readonly Watched[]>()
  readonly #limits: { readonly device: number; readonly all: number }
  /** Points of all devices. */
  #size = 0
  /** What was noted since the beginning of what is at hand. */
  #changes: Change[] = []
  #rates: { readonly device: Device; readonly permitted: CommandState['permitted'] }[] = []
  /** What devices did not take, with what they have instead. */
  readonly #refused = new WeakMap<Observed, Observed | 'nothing'>()

  constructor(limits = { device: maxPoints, all: maxAll }) {
    this.#limits = limits
  }

  /** Something else is judged, of which either all passes or nothing. */
  begin(): void {
    if (this.#changes.length > 0) this.#changes = []
    if (this.#rates.length > 0) this.#rates = []
  }

  /** What was judged does not pass: none of its commands was ever given. */
  undo(): void {
    for (const { device, key, before } of this.#changes.toReversed()) this.#restore(device, key, before)
    for (const { device, permitted } of this.#rates.toReversed()) device.permitted = permitted
    this.begin()
  }

  /** How much was noted of what is at hand. */
  get mark(): number {
    return this.#changes.length
  }

  /** What takes back what was noted since a mark. */
  withdrawal(mark: number): () => void {
    const changes = new Map<string, Change>()
    for (const change of this.#changes.slice(mark))
      changes.set(change.key, { ...change, before: (changes.get(change.key) ?? change).before })
    return () => this.#withdraw([...changes.values()])
  }

  /** A device did not take what was written: it has what it had. Where that was in several places it may have taken some of it. */
  #withdraw(changes: readonly Change[]): void {
    for (const { device, key, before, now } of changes) {
      const had = this.#had(before)
      const instead = changes.length === 1 || had === undefined ? had : { ...had, or: now.value }
      this.#refused.set(now, instead ?? 'nothing')
      // What was seen there since stays.
      if (device.points.at(key) === now) this.#restore(device, key, instead)
    }
  }

  /** What a device has that was not refused in the meantime. */
  #had(before: Observed | undefined): Observed | undefined {
    let had = before
    for (let instead = had && this.#refused.get(had); had !== undefined && instead !== undefined;) {
      had = instead === 'nothing' ? undefined : instead
      instead = had && this.#refused.get(had)
    }
    return had
  }

  /** Judges what depends on the process, and remembers a permitted one as far as some rule asks for its values. */
  judge(rules: Rules, allow: readonly Entry[], command: Command, watching: readonly Rules[]): Judgement {
    const verdict = judgeCommand(
      rules.vocabulary,
      { id: rules.conduit.id, allow: [...allow] },
      command,
      this.#of(command.to),
    )
    if (verdict.outcome === 'permit') {
      const device = this.#device(command.to)
      if (device.permitted !== verdict.permitted) this.#rates.push({ device, permitted: device.permitted })
      device.permitted = verdict.permitted
      this.#note(watching, command, device)
    }
    return verdict
  }

  /** Why a command is denied, in the words of policy. Changes nothing. */
  explain(rules: Rules, command: Command): { readonly reason: CommandReasonId; readonly detail: string } {
    const { conduit, vocabulary } = rules
    const { reason, detail, outcome } = judgeCommand(vocabulary, conduit, command, this.#of(command.to))
    // A field too long to be written out was judged whole on the wire.
    return outcome === 'deny' ? { reason, detail } : { reason: 'constraint-broken', detail: 'not all of it is allowed' }
  }

  /** Values of a permitted write, or of an answer, of which some rule may ask. */
  observe(rules: readonly Rules[], parsed: ParsedCommand, from: string, to: string, at: number): void {
    if (parsed.valueCount === 0 || parsed.unreadable) return
    if (!rules.some((one) => one.stateful && this.#watchedBy(one).some((place) => touches(place, parsed)))) return
    this.#note(rules, commandOf(parsed, from, to, at), undefined)
  }

  /** All rules at once: what one of them asks for would else count as seen after what another does. */
  #note(rules: readonly Rules[], command: Command, known: Device | undefined): void {
    const shown = shownBy(command, (point) => rules.some((one) => one.stateful && isAsked(this.#watchedBy(one), point)))
    if (shown.length === 0) return
    const device = known ?? this.#device(command.to)
    const { points } = device
    for (const { value, ...place } of shown) {
      const { before, now } = points.put(command.to, place, value)
      if (before === undefined) this.#size++
      this.#changes.push({ device, key: now.key, before, now })
      const isOver = points.size > this.#limits.device || (this.#size > this.#limits.all && points.size > minPoints)
      if (!isOver) continue
      points.forgetOldest()
      this.#size--
      device.forgot = true
    }
  }

  #restore({ points, gone }: Device, key: string, before: Observed | undefined): void {
    if (gone) return
    const { size } = points
    points.restore(key, before)
    this.#size += points.size - size
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

  #device(name: string): Device {
    const known = this.#devices.get(name)
    if (known !== undefined) return known
    if (this.#devices.size >= maxDevices)
      for (const [oldest, device] of this.#devices.entries().take(1)) {
        this.#devices.delete(oldest)
        this.#size -= device.points.size
        device.gone = true
      }
    const device = { points: new Points(), permitted: initialCommandState.permitted, forgot: false, gone: false }
    this.#devices.set(name, device)
    return device
  }
}
