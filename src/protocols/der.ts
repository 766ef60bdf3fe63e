/** Values as DER (X.690) writes them, with tags of one byte and lengths below 65536. */
import { joined, listU16be } from '#core/bytes.ts'

/** A value with its tag; parts are joined. */
export const der = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, ...listU16be(length)]
  return joined(Uint8Array.of(tag, ...size), ...parts)
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts)

/** @param arcs two at least, of 32 bits at most: `1.3.6.1`, or a list */
export const objectIdentifier = (arcs: string | readonly number[]): Uint8Array => {
  const [first = 0, second = 0, ...rest] = typeof arcs === 'string' ? arcs.split('.').map(Number) : arcs
  const bytes: number[] = []
  for (const arc of [40 * first + second, ...rest]) {
    const part = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) part.unshift(0x80 | (left % 128))
    bytes.push(...part)
  }
  return der(6, Uint8Array.from(bytes))
}
