/** Commands of one conversation, told apart by what they are about. Counting one that was seen before allocates nothing. */
import type { ParsedCommand } from '#core/message.ts'
import type { Risk } from '#core/protocol.ts'
import type { Evidence } from '../model.ts'
import { Outermost } from './outermost.ts'
import { Pace } from './pace.ts'
import { addRange, type Range } from './ranges.ts'
import { commandKey, mostRanges, mostTexts, type CommandSum } from './recording.ts'

/** Objects told apart of one op of a conversation; of more the rest are one row. */
const mostRows = 1024
/** Values compared with the ones written before, of one message. */
const mostCompared = 256

class Row {
  readonly names: readonly string[]
  readonly lows: readonly number[]
  readonly highs: readonly number[]
  readonly textNames: readonly string[]
  readonly textValues: readonly string[]
  readonly evidence: Evidence
  readonly pace = new Pace()
  following: Row | undefined = undefined
  count = 0
  answered = 0
  refused = 0
  last = 0
  low = Infinity
  high = -Infinity
  step = -1
  written: Float64Array | undefined = undefined
  lowest: Outermost | undefined = undefined
  highest: Outermost | undefined = undefined
  unreadable = false
  /** Of a row that stands for many objects. */
  ranges: Map<string, Range[]> | undefined = undefined
  words: Map<string, Set<string>> | undefined = undefined

  constructor(command: ParsedCommand, evidence: Evidence, folded: boolean) {
    this.names = folded ? [] : command.spanNames.slice(0, command.spans)
    this.lows = folded ? [] : command.lows.slice(0, command.spans)
    this.highs = folded ? [] : command.highs.slice(0, command.spans)
    this.textNames = folded ? [] : command.textNames.slice(0, command.texts)
    this.textValues = folded ? [] : command.textValues.slice(0, command.texts)
    this.evidence = evidence
    if (!folded) return
    this.ranges = new Map()
    this.words = new Map()
  }

  is(command: ParsedCommand): boolean {
    const { names, lows, highs, textNames, textValues } = this
    if (names.length !== command.spans || textNames.length !== command.texts) return false
    for (let index = 0; index < names.length; index++)
      if (
        lows[index] !== command.lows[index] ||
        highs[index] !== command.highs[index] ||
        names[index] !== command.spanNames[index]
      )
        return false
    for (let index = 0; index < textNames.length; index++)
      if (textValues[index] !== command.textValues[index] || textNames[index] !== command.textNames[index]) return false
    return true
  }

  /** It was asked once more. */
  take(command: ParsedCommand, now: number): void {
    this.count++
    this.last = Math.max(this.last, now)
    this.pace.next(now)
    if (command.unreadable) this.unreadable = true
    if (command.valueCount > 0) {
      this.#values(command)
      this.lowest ??= new Outermost(1)
      this.highest ??= new Outermost(-1)
      for (let index = 0; index < command.valueCount; index++) {
        const value = command.values[index] ?? 0
        this.lowest.take(value)
        this.highest.take(value)
      }
    }
    if (this.ranges === undefined || this.words === undefined) return
    for (let index = 0; index < command.spans; index++) {
      const name = command.spanNames[index] ?? ''
      let ranges = this.ranges.get(name)
      if (ranges === undefined) this.ranges.set(name, (ranges = []))
      addRange(ranges, command.lows[index] ?? 0, command.highs[index] ?? 0, mostRanges)
    }
    for (let index = 0; index < command.texts; index++) {
      const name = command.textNames[index] ?? ''
      let words = this.words.get(name)
      if (words === undefined) this.words.set(name, (words = new Set()))
      if (words.size < mostTexts) words.add(command.textValues[index] ?? '')
    }
  }

  #values({ values, valueCount }: ParsedCommand): void {
    const compared = Math.min(valueCount, mostCompared)
    const before = this.ranges === undefined && this.written?.length === compared ? this.written : undefined
    for (let index = 0; index < valueCount; index++) {
      const value = values[index] ?? 0
      // A REAL may be infinite, which is within no range and cannot be kept as a number.
      if (!Number.isFinite(value)) {
        this.unreadable = true
        continue
      }
      if (value < this.low) this.low = value
      if (value > this.high) this.high = value
      if (before === undefined || index >= compared) continue
      const change = Math.abs(value - (before[index] ?? 0))
      if (change > this.step) this.step = change
      before[index] = value
    }
    if (before === undefined && this.ranges === undefined) this.written = values.slice(0, compared)
  }

  sum(protocol: string, op: string, risk: Risk, from: 'client' | 'server'): CommandSum {
    const folded = this.ranges !== undefined
    const spans: Record<string, Range[]> = {}
    const texts: Record<string, string[]> = {}
    for (const [index, name] of this.names.entries())
      addRange((spans[name] ??= []), this.lows[index] ?? 0, this.highs[index] ?? 0, mostRanges)
    for (const [index, name] of this.textNames.entries()) (texts[name] ??= []).push(this.textValues[index] ?? '')
    for (const [name, ranges] of this.ranges ?? []) spans[name] = ranges
    for (const [name, words] of this.words ?? []) texts[name] = [...words].toSorted()
    return {
      protocol,
      op,
      risk,
      from,
      count: this.count,
      answered: this.answered,
      refused: this.refused,
      spans,
      texts,
      ...(this.low <= this.high ? { values: [this.low, this.high] as [number, number] } : {}),
      ...(this.step < 0 ? {} : { step: this.step }),
      ...(this.lowest === undefined || this.low > this.high ? {} : { lowest: this.lowest.all }),
      ...(this.highest === undefined || this.low > this.high ? {} : { highest: this.highest.all }),
      unreadable: this.unreadable,
      folded,
      pace: this.pace.sums,
      first: this.evidence.at,
      last: this.last,
      evidence: this.evidence,
    }
  }
}
export type CommandRow = Row

const hashOf = (command: ParsedCommand): number => {
  let hash = command.spans * 31 + command.texts
  for (let index = 0; index < command.spans; index++)
    hash = Math.imul(hash ^ (command.lows[index] ?? 0) ^ ((command.highs[index] ?? 0) << 7), 0x9e3779b1)
  for (let index = 0; index < command.texts; index++) {
    const text = command.textValues[index] ?? ''
    for (let at = 0; at < text.length && at < 64; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) & 0x3fffffff
}

/** All rows of one op from one end. */
export class OpRows {
  readonly #rows = new Map<number, Row>()
  readonly op: string
  readonly risk: Risk
  readonly from: 'client' | 'server'
  #size = 0
  #rest: Row | undefined

  constructor(op: string, risk: Risk, from: 'client' | 'server') {
    this.op = op
    this.risk = risk
    this.from = from
  }

  find(command: ParsedCommand): Row | undefined {
    let row = this.#rows.get(hashOf(command))
    while (row !== undefined && !row.is(command)) row = row.following
    return row ?? this.#rest
  }

  /** The row of a command, made when it is new; `evidence` is asked for only then. */
  row(command: ParsedCommand, evidence: () => Evidence): Row {
    const found = this.find(command)
    if (found !== undefined && found !== this.#rest) return found
    if (this.#size >= mostRows) return (this.#rest ??= new Row(command, evidence(), true))
    const hash = hashOf(command)
    const row = new Row(command, evidence(), false)
    row.following = this.#rows.get(hash)
    this.#rows.set(hash, row)
    this.#size++
    return row
  }

  *sums(protocol: string): Generator<readonly [key: string, sum: CommandSum]> {
    for (const first of this.#rows.values())
      for (let row: Row | undefined = first; row !== undefined; row = row.following) {
        const sum = row.sum(protocol, this.op, this.risk, this.from)
        yield [commandKey(sum), sum]
      }
    if (this.#rest === undefined) return
    const sum = this.#rest.sum(protocol, this.op, this.risk, this.from)
    yield [commandKey(sum), sum]
  }
}
