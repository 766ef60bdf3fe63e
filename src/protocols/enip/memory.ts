/**
 * Requests kept until their answer: a CIP reply says neither which object it is of nor, for several services in one packet, which
 * each part answers, so it is read side by side with the request's own bytes.
 */

import { slots } from './commands.ts'

/** As many as there may be outstanding requests. */
const capacity = 32
/** Longest request kept, bytes: the largest connection of a Logix controller. The answer to a longer one shows no values. */
const longest = 4096

export class Kept {
  /** 0: free. */
  serial = 0
  bytes = new Uint8Array(64)
  length = 0
  /** What the request's commands have as their slot. */
  slot: number = slots.none
}

export class Memory {
  readonly #kept: Kept[] = []
  #serial = 0

  /** Copies bytes `at` to `end`. @returns the serial number to find them by, 0 when they are too many */
  keep(bytes: Uint8Array, at: number, end: number, slot: number): number {
    const length = end - at
    if (length > longest) return 0
    const kept = this.#free()
    if (kept.bytes.length < length) kept.bytes = new Uint8Array(Math.max(length, 2 * kept.bytes.length))
    for (let index = 0; index < length; index++) kept.bytes[index] = bytes[at + index] ?? 0
    kept.length = length
    kept.slot = slot
    kept.serial = ++this.#serial
    return kept.serial
  }

  find(serial: number): Kept | undefined {
    if (serial === 0) return undefined
    for (let index = 0; index < this.#kept.length; index++) {
      const kept = this.#kept[index]
      if (kept?.serial === serial) return kept
    }
    return undefined
  }

  /** A free place, else a new one, else that of the oldest. */
  #free(): Kept {
    let oldest: Kept | undefined
    for (let index = 0; index < this.#kept.length; index++) {
      const kept = this.#kept[index]
      if (kept !== undefined && (oldest === undefined || kept.serial < oldest.serial)) oldest = kept
    }
    if (oldest !== undefined && (oldest.serial === 0 || this.#kept.length === capacity)) return oldest
    const made = new Kept()
    this.#kept.push(made)
    return made
  }
}
