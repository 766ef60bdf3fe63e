/**
 * What one message of a protocol says, as its codec found it. One object is filled again for every message, so that judging a
 * packet allocates nothing; whoever keeps something of it copies it.
 */

/**
 * - `request`: asks for an answer with the same transaction
 * - `response`: answers one
 * - `one-way`: neither, such as a report, a keep-alive or a command that is not answered
 * - `part`: a piece of a longer message whose last piece will be judged
 */
export type Role = 'request' | 'response' | 'one-way' | 'part'

/** Why a message cannot be judged: a closed list. */
export const messageFaults = {
  'not-protocol': 'it is not of this protocol',
  malformed: 'its lengths or codes contradict each other',
  quantity: 'its protocol has no message for so many values, or for none',
  'too-many': 'it asks for more at once than is looked at',
  'too-deep': 'it is nested more deeply than is looked at',
  'too-long': 'judging it took more steps than one message may take',
  late: 'its end came so late that its receiver may have given its beginning up',
  opaque: 'it is encrypted: its commands cannot be seen',
} as const
export type MessageFault = keyof typeof messageFaults

/** Commands looked at in one message. */
const maxCommands = 4096
/** Numbers kept of one command's values: more than a Modbus or S7 message can carry. */
const maxValues = 4096
/** Steps (loop turns) a codec may take over one message. */
const stepBudget = 50_000

/** One command of a message, by the words of the protocol's vocabulary. */
export class ParsedCommand {
  op = ''
  /** Number fields: name and inclusive range; a single number is a range of one. */
  spans = 0
  readonly spanNames: string[] = []
  readonly lows: number[] = []
  readonly highs: number[] = []
  /** Text fields. */
  texts = 0
  readonly textNames: string[] = []
  readonly textValues: string[] = []
  /** Values written, or read in a response. The i-th belongs to the i-th address of the span that says where. */
  valueCount = 0
  values = new Float64Array(8)
  /** It carries values that its codec does not read as numbers: a constraint on values is not kept. */
  unreadable = false
  /** Which of the values of its place the first one is; -1: that is not told, so that they are compared with none. */
  first = 0
  /** Its device takes nothing of it: it only tests, or takes another command back. */
  idle = false

  begin(op: string): this {
    this.op = op
    this.spans = 0
    this.texts = 0
    this.valueCount = 0
    this.unreadable = false
    this.first = 0
    this.idle = false
    return this
  }

  /** A field that covers every number from `low` to `high`. */
  span(name: string, low: number, high: number): this {
    const index = this.spans++
    this.spanNames[index] = name
    this.lows[index] = low
    this.highs[index] = high
    return this
  }

  number(name: string, value: number): this {
    return this.span(name, value, value)
  }

  text(name: string, value: string): this {
    const index = this.texts++
    this.textNames[index] = name
    this.textValues[index] = value
    return this
  }

  /** What is not a number is within no range and outside none: it must not pass for a value that was compared. */
  value(value: number): this {
    if (this.valueCount >= maxValues || Number.isNaN(value)) {
      this.unreadable = true
      return this
    }
    if (this.valueCount === this.values.length) {
      const larger = new Float64Array(this.values.length * 2)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.valueCount++] = value
    return this
  }
}

/** What a device says it is, for the inventory. */
export const factNames = ['vendor', 'model', 'firmware', 'hardware', 'serial', 'name', 'module', 'location'] as const
export type FactName = (typeof factNames)[number]

export class Message {
  role: Role = 'one-way'
  /** Matches a response to its request within one conversation; -1 where the protocol has none. */
  transaction = -1
  /** A response after which more responses to the same request follow. */
  more = false
  /** A response by which the device says that it did not do what was asked, or not all of it. One that shows nothing may be none. */
  refused = false
  fault: MessageFault | undefined
  count = 0
  readonly commands: ParsedCommand[] = []
  /** What the codec needs of a request to read its response: kept with the pending transaction. */
  readonly notes = new Float64Array(4)
  /** Whether identity facts are wanted; they cost an allocation each. */
  wantsFacts = false
  readonly facts: { readonly name: FactName; readonly value: string }[] = []
  #steps = 0

  reset(): this {
    this.role = 'one-way'
    this.transaction = -1
    this.more = false
    this.refused = false
    this.fault = undefined
    this.count = 0
    this.notes.fill(0)
    this.facts.length = 0
    this.#steps = 0
    return this
  }

  /** A further command of the message. Beyond the bound the last one is given again and the message is at fault. */
  begin(op: string): ParsedCommand {
    if (this.count >= maxCommands) this.fault = 'too-many'
    else this.count++
    const index = this.count - 1
    const command = (this.commands[index] ??= new ParsedCommand())
    return command.begin(op)
  }

  /** It cannot be read further, and is about this as far as it says. */
  malformed(op: string): void {
    this.begin(op)
    this.fault = 'malformed'
  }

  /** Called once per turn of every loop over hostile bytes. @returns false when the budget is used up */
  step(): boolean {
    if (++this.#steps <= stepBudget) return true
    this.fault = 'too-long'
    return false
  }

  fact(name: FactName, value: string): void {
    const trimmed = value.replaceAll('\0', ' ').trim()
    if (this.wantsFacts && trimmed !== '') this.facts.push({ name, value: trimmed })
  }
}
