/** Where the keys and values of a read document stand, as offsets in its text. */
export interface Mark {
  readonly start: number
  /** Keys in the order of the text; absent for a list. */
  readonly keys?: readonly string[]
  /** For a mapping the offsets of key and value in turn, for a list those of its items. A value not written has its key's. */
  readonly at: readonly number[]
}
export type Marks = WeakMap<object, Mark>

export interface YamlFault {
  readonly offset: number
  readonly code: 'yaml-syntax' | 'yaml-limit' | 'duplicate-key'
  readonly message: string
}

/** A document as plain values. With faults, `value` is what could be read and may be incomplete. */
export interface Yaml {
  readonly value: unknown
  readonly marks: Marks
  readonly faults: readonly YamlFault[]
}

/** A mapping under construction: keeps the first of two equal keys and reports the second. */
export class Mapping {
  readonly value: Record<string, unknown> = {}
  readonly keys: string[] = []
  readonly at: number[] = []
  readonly start: number

  constructor(start: number) {
    this.start = start
  }

  /** @returns false when the key exists already */
  set(key: string, keyOffset: number, value: unknown, valueOffset: number): boolean {
    if (Object.hasOwn(this.value, key)) return false
    // A key named __proto__ must become a key, not a prototype.
    if (key === '__proto__')
      Object.defineProperty(this.value, key, { value, enumerable: true, writable: true, configurable: true })
    else this.value[key] = value
    this.keys.push(key)
    this.at.push(keyOffset, valueOffset)
    return true
  }
}

export const duplicateKey = (key: string, offset: number): YamlFault => ({
  offset,
  code: 'duplicate-key',
  message: `key \`${key}\` is written twice`,
})

/** Deepest nesting accepted: a policy needs eight. */
export const maxDepth = 64
