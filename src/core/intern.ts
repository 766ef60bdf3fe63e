/** Texts that messages carry (tag names, block types): the same bytes give the same string, without a new one for every message. */

/** Texts kept; beyond it the oldest half is forgotten. */
const capacity = 4096
/** Bytes of a text that is kept; a longer one is made anew each time. */
const longest = 256

interface Kept {
  readonly bytes: Uint8Array
  readonly text: string
}

const decode = (bytes: Uint8Array, from: number, to: number): string => {
  let text = ''
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}

export class Interned {
  readonly #kept = new Map<number, Kept>()

  /** The text of bytes `from` to `to`, one character a byte (ISO 8859-1; ASCII in practice). */
  text(bytes: Uint8Array, from: number, to: number): string {
    if (to - from > longest) return decode(bytes, from, to)
    // FNV-1a. Two texts of one hash replace each other: slower, never wrong.
    let hash = 0x811c9dc5
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    const known = this.#kept.get(hash)
    if (known !== undefined && same(known.bytes, bytes, from, to)) return known.text
    const text = decode(bytes, from, to)
    if (this.#kept.size >= capacity) for (const key of this.#kept.keys().take(capacity / 2)) this.#kept.delete(key)
    this.#kept.set(hash, { bytes: bytes.slice(from, to), text })
    return text
  }
}

const same = (kept: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean => {
  if (kept.length !== to - from) return false
  for (let at = from; at < to; at++) if (kept[at - from] !== bytes[at]) return false
  return true
}
