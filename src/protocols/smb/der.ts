/** Values as DER (X.690) writes them. */

/** A value with its tag; parts are joined. */
export const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), ...parts])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)

/** Arcs of an object identifier: `1.3.6.1.5.5.2`. */
export const oid = (text: string): Buffer => {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const arc = (value: number): number[] => {
    const out = [value & 127]
    for (let more = value >>> 7; more > 0; more >>>= 7) out.unshift((more & 127) | 128)
    return out
  }
  return der(6, Buffer.from([first * 40 + second, ...rest.flatMap(arc)]))
}
