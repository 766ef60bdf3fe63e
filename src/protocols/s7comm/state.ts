/** What one S7 connection is known to be, beyond single messages. Everything large is made when it is first needed. */
import type { ParsedCommand } from '#core/message.ts'

/** Room kept between messages; a longer one is given back. */
const kept = 2048
const nothing = new Uint8Array(0)

/** The parts of one message, until the part that says it is the last (ISO 8073, 6.3: segmenting, EOT). */
export class Assembly {
  bytes = nothing
  length = 0
  /** It grew beyond what is looked at: what follows up to the last part is of the same message. */
  broken = false

  /** @param limit bytes of the longest message */
  add(bytes: Uint8Array, at: number, end: number, limit: number): void {
    const length = this.length + end - at
    if (this.broken || length > limit) {
      this.broken = true
      return
    }
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(256, 2 ** Math.ceil(Math.log2(length))))
      larger.set(this.bytes)
      this.bytes = larger
    }
    for (let from = at, to = this.length; from < end; from++, to++) this.bytes[to] = bytes[from] ?? 0
    this.length = length
  }

  clear(): void {
    this.length = 0
    this.broken = false
    if (this.bytes.length > kept) this.bytes = nothing
  }
}

/** Items of outstanding reads as they stood in the request: a response names no place. The oldest are written over. */
export class RequestedItems {
  #bytes = nothing
  /** Bytes ever written; the place of one in the ring is this modulo its size. */
  #written = 0

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** @returns where they stand, to be noted with the request; -1 when they are too long to be kept */
  keep(bytes: Uint8Array, at: number, end: number): number {
    const length = end - at
    if (length > kept / 2) return -1
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(kept)
    const place = this.#written % kept
    if (place + length > kept) this.#written += kept - place
    const start = this.#written
    for (let from = at, to = start % kept; from < end; from++, to++) this.#bytes[to] = bytes[from] ?? 0
    this.#written += length
    return start
  }

  /** @returns the offset in {@link bytes} of what was kept at `start`; -1 when it was written over */
  find(start: number): number {
    return start < 0 || start > this.#written || this.#written - start > kept ? -1 : start % kept
  }
}

/** Userdata answered in several parts: each further one is asked for by the sequence number of the last, and by nothing else. */
export class Followed {
  readonly #sequences = new Int32Array(4).fill(-1)
  readonly #subjects = new Float64Array(4)
  #next = 0

  keep(sequence: number, subject: number): void {
    this.#sequences[this.#next] = sequence
    this.#subjects[this.#next] = subject
    this.#next = (this.#next + 1) & 3
  }

  /** @returns what was asked for at first; -1 when that was not seen */
  find(sequence: number): number {
    for (let back = 1; back <= 4; back++) {
      const index = (this.#next - back) & 3
      if (this.#sequences[index] === sequence) return this.#subjects[index] ?? -1
    }
    return -1
  }
}

/** The called TSAP as an S7 device reads it: kind of client, rack and slot. -1 and '' where it does not say. */
export class Called {
  rack = -1
  slot = -1
  type = ''

  clear(): void {
    this.rack = -1
    this.slot = -1
    this.type = ''
  }

  copy({ rack, slot, type }: Called): void {
    this.rack = rack
    this.slot = slot
    this.type = type
  }

  onto(command: ParsedCommand): ParsedCommand {
    if (this.rack < 0) return command
    command.number('rack', this.rack).number('slot', this.slot)
    return this.type === '' ? command : command.text('connection-type', this.type)
  }
}

/** An S7comm-plus message whose last frame has not come. */
export class PlusFrames {
  open = false
  /** Where a message ends was seen, so that it is known where the next one begins. */
  placed = false
  op = ''
  opcode = 0
  code = 0
  sequence = 0
  refused = false
}

export class S7State {
  /** What was asked for, and what the device then confirmed: only that holds for later commands. */
  readonly asked = new Called()
  readonly called = new Called()
  connected = false
  /** Reference of the client by which it asked. */
  askedBy = -1
  /** Longest S7comm message agreed on, in bytes; 0 while unknown. */
  pdu = 0
  readonly client = new Assembly()
  readonly server = new Assembly()
  /** Parts of the client's last message were delivered before its last one. */
  split = false
  /** Units without data, each the beginning of a message, that the client has sent beyond what they acknowledge. */
  empty = 0
  /** It has changed over to TLS; the device has, too; the client has sent a part of what begins as TLS. */
  secret = false
  secured = false
  secretPart = false
  readonly items = new RequestedItems()
  readonly followed = new Followed()
  readonly plusClient = new PlusFrames()
  readonly plusServer = new PlusFrames()

  /** The client has sent a part of a message, and the device waits for the rest. */
  get unfinished(): boolean {
    return this.client.length > 0 || this.client.broken || this.plusClient.open
  }
}

/** Transactions of one connection: jobs of either end count their own PDU references, and opening it has a reference of its own. */
export const transactions = {
  client: 0,
  server: 0x1_0000,
  connect: 0x2_0000,
  plus: 0x3_0000,
} as const
