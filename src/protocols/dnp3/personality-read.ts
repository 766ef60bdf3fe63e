/** Function READ of an outstation: classes, static points, device attributes, the time. IEEE Std 1815-2012, 4.4.1 and annex A. */
import { putU16le, putU32le, u16le, u32le } from '#core/bytes.ts'
import type { ObjectHeader } from './header.ts'
import { layoutOf } from './objects.ts'
import type { Dnp3Points } from './personality-points.ts'
import { iin, type Dnp3Response } from './personality-response.ts'

/** Device attributes by variation, placeholders filled in. */
export type Attributes = ReadonlyMap<number, string | number>

/** Static groups of class 0. */
const statics = [1, 10, 20, 30, 40] as const
/** Groups of events, and of frozen counters: this outstation has them, and at no time anything in them. */
const empty: ReadonlySet<number> = new Set([2, 4, 11, 21, 22, 23, 32, 33, 42])
const binaries: ReadonlySet<number> = new Set([1, 10])
const packed = 1
const attribute = { text: 1, unsigned: 2, list: 8, all: 254, variations: 255 } as const
const timeGroup = 50

/** All points from `first` to `last` of a group that has them. */
const putRange = (
  group: number,
  asked: number,
  first: number,
  last: number,
  points: Dnp3Points,
  response: Dnp3Response,
): void => {
  const variation = asked === 0 ? points.usual(group) : asked
  const layout = layoutOf(group, variation)
  const count = last - first + 1
  if (layout === undefined) {
    response.indications |= iin.object
    return
  }
  const isPacked = binaries.has(group) && variation === packed
  const octets = isPacked ? Math.ceil(count / 8) : count * layout.octets
  const at = response.range(group, variation, first, last, octets)
  if (at < 0) return
  if (isPacked) points.putBits(group, first, count, response.bytes, at)
  else
    for (let index = 0; index < count; index++)
      points.put(group, variation, first + index, response.bytes, at + index * layout.octets)
}

/** Points by their indexes, each with its own before it; bits without flags are told with them, for they have no room for one. */
const putIndexed = (
  { group, variation: asked, indexOctets, next, count }: ObjectHeader,
  bytes: Uint8Array,
  points: Dnp3Points,
  response: Dnp3Response,
): void => {
  const variation = asked === 0 || (binaries.has(group) && asked === packed) ? points.usual(group) : asked
  const layout = layoutOf(group, variation)
  const indexes: number[] = []
  for (let turn = 0; turn < count; turn++) {
    const at = next + turn * indexOctets
    const index = indexOctets === 1 ? (bytes[at] ?? 0) : indexOctets === 2 ? u16le(bytes, at) : u32le(bytes, at)
    if (index < points.count(group)) indexes.push(index)
    else response.indications |= iin.parameter
  }
  if (layout === undefined) response.indications |= iin.object
  if (layout === undefined || indexes.length === 0) return
  let at = response.indexed(group, variation, indexes.length, layout.octets)
  for (const index of at < 0 ? [] : indexes) {
    putU16le(response.bytes, at, index)
    points.put(group, variation, index, response.bytes, at + 2)
    at += 2 + layout.octets
  }
}

const putStatic = (header: ObjectHeader, bytes: Uint8Array, points: Dnp3Points, response: Dnp3Response): void => {
  const { group, variation, first, count, indexOctets } = header
  const there = points.count(group)
  if (variation !== 0 && layoutOf(group, variation) === undefined) response.indications |= iin.object
  else if (indexOctets > 0) putIndexed(header, bytes, points, response)
  else {
    const from = Math.max(0, first)
    const asked = count < 0 ? there - 1 : from + count - 1
    if (asked >= there) response.indications |= iin.parameter
    const last = Math.min(asked, there - 1)
    if (last >= from) putRange(group, variation, from, last, points, response)
  }
}

/** A device attribute: data type, length, and the value; it belongs to the one set there is. */
const putAttribute = (variation: number, value: string | number, response: Dnp3Response): void => {
  const size = typeof value === 'string' ? Math.min(value.length, 255) : value < 0x1_0000 ? 2 : 4
  const at = response.range(0, variation, 0, 0, 2 + size)
  if (at < 0) return
  response.bytes[at] = typeof value === 'string' ? attribute.text : attribute.unsigned
  response.bytes[at + 1] = size
  if (typeof value !== 'string') {
    if (size === 2) putU16le(response.bytes, at + 2, value)
    else putU32le(response.bytes, at + 2, value)
  } else for (let index = 0; index < size; index++) response.bytes[at + 2 + index] = value.charCodeAt(index) & 0x7f
}

/** Variation 255: each attribute with whether it can be written, which none can. */
const putVariations = (attributes: Attributes, response: Dnp3Response): void => {
  const size = 2 * attributes.size
  const at = response.range(0, attribute.variations, 0, 0, 2 + size)
  if (at < 0) return
  response.bytes[at] = attribute.list
  response.bytes[at + 1] = size
  let next = at + 2
  for (const variation of attributes.keys()) {
    response.bytes[next] = variation
    next += 2
  }
}

const putAttributes = (variation: number, attributes: Attributes, response: Dnp3Response): void => {
  const value = attributes.get(variation)
  if (variation === attribute.all) for (const [each, what] of attributes) putAttribute(each, what, response)
  else if (variation === attribute.variations) putVariations(attributes, response)
  else if (value === undefined) response.indications |= iin.object
  else putAttribute(variation, value, response)
}

const putTime = (now: number, response: Dnp3Response): void => {
  const at = response.room(10)
  if (at < 0) return
  response.bytes.set([timeGroup, 1, 7, 1], at)
  putU32le(response.bytes, at + 4, now >>> 0)
  putU16le(response.bytes, at + 8, Math.floor(now / 0x1_0000_0000))
}

/** Answers one header of a read request. */
export const readObjects = (
  header: ObjectHeader,
  bytes: Uint8Array,
  points: Dnp3Points,
  attributes: Attributes,
  now: number,
  response: Dnp3Response,
): void => {
  const { group, variation } = header
  if (group === 60 && variation >= 1 && variation <= 4) {
    // Classes 1 to 3 hold events, and nothing has changed that was told before.
    if (variation === 1)
      for (const each of statics)
        if (points.count(each) > 0) putRange(each, 0, 0, points.count(each) - 1, points, response)
  } else if (points.count(group) > 0) putStatic(header, bytes, points, response)
  else if (group === 0) putAttributes(variation, attributes, response)
  else if (group === timeGroup && variation === 1) putTime(now, response)
  else if (!empty.has(group)) response.indications |= iin.object
}
