import type { Row } from './oracle.ts'

/** What tshark read in one frame, each field taken in the order of its occurrences. */
export class Fields {
  readonly #row: Row
  readonly #none: number
  readonly #taken = new Map<string, number>()

  /** @param none the number that a field is which has no further occurrence */
  constructor(row: Row, none: number) {
    this.#row = row
    this.#none = none
  }

  /** Every occurrence, taken or not. */
  all(name: string): readonly number[] {
    return (this.#row[name] ?? []).map(Number)
  }

  peek(name: string): string | undefined {
    return this.#row[name]?.[this.#taken.get(name) ?? 0]
  }

  next(name: string): string | undefined {
    const value = this.peek(name)
    this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1)
    return value
  }

  number(name: string): number {
    return Number(this.next(name) ?? this.#none)
  }

  /** As many as a count says. */
  numbers(name: string, count: number): number[] {
    return Array.from({ length: count }, () => this.number(name))
  }
}
