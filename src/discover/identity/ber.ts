/** ASN.1 in its basic encoding (X.690, 8), as far as SNMP and X.509 use it: definite lengths and tags of one byte. */

export interface Element {
  /** The identifier byte: class, whether it is constructed, and number. */
  readonly tag: number
  /** Its contents. */
  readonly from: number
  readonly to: number
}

/** Identifier bytes of the universal types that are looked at. */
export const berTags = {
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

/** Elements of one sequence that are looked at. */
const mostElements = 64
const mostArcs = 32

/** The element at `at`; undefined where there is none, or not all of it. */
export const elementAt = (bytes: Uint8Array, at: number, end: number): Element | undefined => {
  const tag = bytes[at] ?? 0
  if (at + 2 > end || (tag & 0x1f) === 0x1f) return undefined
  let from = at + 2
  let length = bytes[at + 1] ?? 0
  if (length >= 0x80) {
    const size = length & 0x7f
    // Four bytes of length are more than any message here has; none means an indefinite length.
    if (size === 0 || size > 4) return undefined
    length = 0
    for (const last = from + size; from < last; from++) length = length * 256 + (bytes[from] ?? 0)
  }
  return from + length <= end ? { tag, from, to: from + length } : undefined
}

/** The elements that an element holds, up to the first that is not whole. */
export const elementsIn = (bytes: Uint8Array, { from, to }: Pick<Element, 'from' | 'to'>): readonly Element[] => {
  const elements: Element[] = []
  let at = from
  while (at < to && elements.length < mostElements) {
    const element = elementAt(bytes, at, to)
    if (element === undefined) break
    elements.push(element)
    at = element.to
  }
  return elements
}

/** An object identifier in dots (X.690, 8.19); empty when it is malformed or longer than is looked at. */
export const oidAt = (bytes: Uint8Array, { from, to }: Element): string => {
  const arcs: number[] = []
  let arc = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    arc = arc * 128 + (byte & 0x7f)
    if (arc > 0xffff_ffff || arcs.length >= mostArcs) return ''
    if ((byte & 0x80) !== 0) continue
    if (arcs.length > 0) arcs.push(arc)
    else {
      const root = Math.min(2, Math.floor(arc / 40))
      arcs.push(root, arc - root * 40)
    }
    arc = 0
  }
  return arcs.join('.')
}

/** A whole number of at most four bytes, as it is without its sign; -1 for one of more. */
export const numberAt = (bytes: Uint8Array, { from, to }: Element): number => {
  let number = 0
  if (to - from > 4) return -1
  for (let at = from; at < to; at++) number = number * 256 + (bytes[at] ?? 0)
  return number
}
