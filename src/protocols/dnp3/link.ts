/** The link frame: IEEE Std 1815-2012, 9.2. A header of eight octets and data in blocks of sixteen, each followed by its check. */
import { putU16le, u16le } from '#core/bytes.ts'
import { isChecked, putCheck } from './crc.ts'

/** Header with its check. */
const linkHeader = 10
const block = 16
/** What LENGTH counts besides the data: control, destination and source. */
const counted = 5
export const longestFrame = linkHeader + 250 + 2 * Math.ceil(250 / block)

/** Control octet, 9.2.4.1.3. Of a primary station: the frame count bit, and whether it counts. */
export const control = { fromMaster: 0x80, primary: 0x40, count: 0x20, counts: 0x10 } as const
/** Functions of a primary station, table 9-2. */
export const primary = { reset: 0, test: 2, confirmed: 3, unconfirmed: 4, requestStatus: 9 } as const
/** Functions of a secondary station, table 9-3. */
export const secondary = { ack: 0, nack: 1, status: 11, notSupported: 15 } as const

/** Addresses from here on reach every outstation and are never answered, 9.2.5. */
export const firstBroadcast = 0xfffd

export const controlOf = (bytes: Uint8Array, at: number): number => bytes[at + 3] ?? 0
export const destinationOf = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 4)
export const sourceOf = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 6)
/** Octets of data in the frame, their checks left out. */
export const dataOf = (bytes: Uint8Array, at: number): number => (bytes[at + 2] ?? 0) - counted

const lengthOf = (data: number): number => linkHeader + data + 2 * Math.ceil(data / block)

/**
 * A wrong check does not move the end: receivers search the octets of a damaged frame for the next one, so it is judged, and
 * withheld, as one unit.
 */
export const frame = (bytes: Uint8Array, at: number, end: number): number => {
  const there = end - at
  if (there >= 1 && bytes[at] !== 0x05) return -1
  if (there >= 2 && bytes[at + 1] !== 0x64) return -1
  if (there < 3) return 0
  const data = dataOf(bytes, at)
  return data < 0 ? -1 : lengthOf(data)
}

/** Whether it is a whole frame and every check is right. */
export const isIntact = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (frame(bytes, at, end) !== end - at || !isChecked(bytes, at, at + linkHeader - 2)) return false
  for (let from = at + linkHeader; from < end; from += block + 2)
    if (!isChecked(bytes, from, Math.min(from + block, end - 2))) return false
  return true
}

/** User data stand in frames of two functions, and in no others. */
export const isUserData = (octet: number): boolean =>
  (octet & control.primary) !== 0 && ((octet & 0x0f) === primary.confirmed || (octet & 0x0f) === primary.unconfirmed)

const countedBy: ReadonlySet<number> = new Set([primary.test, primary.confirmed])
const uncounted: ReadonlySet<number> = new Set([primary.reset, primary.unconfirmed, primary.requestStatus])
const answers: ReadonlySet<number> = new Set(Object.values(secondary))

/**
 * Whether a header is one of tables 9-2 and 9-3: the frame count bit counts where its function says so, and there are data where it has
 * some. Receivers that find no such header search the octets of the frame for another one, as they do after a wrong check.
 */
export const isRegular = (bytes: Uint8Array, at: number): boolean => {
  const octet = controlOf(bytes, at)
  const code = octet & 0x0f
  if (dataOf(bytes, at) > 0 !== isUserData(octet)) return false
  if ((octet & control.primary) === 0) return answers.has(code) && (octet & control.count) === 0
  // A function that is not assigned is a command of its own.
  return !((octet & control.counts) === 0 ? countedBy : uncounted).has(code)
}

/**
 * Whether what is there of a frame whose end has not come is no frame, whatever comes: by its header, or by the check of a whole block.
 * A receiver would find in it, at once, what is only judged when it is whole.
 */
export const isBroken = (bytes: Uint8Array, at: number, end: number): boolean => {
  if (end < at + linkHeader) return false
  if (!isChecked(bytes, at, at + linkHeader - 2) || !isRegular(bytes, at)) return true
  for (let from = at + linkHeader; from + block + 2 <= end; from += block + 2)
    if (!isChecked(bytes, from, from + block)) return true
  return false
}

/** Where the data's octet `index` stands in the frame that begins at `at`. */
export const placeOf = (at: number, index: number): number => at + linkHeader + index + 2 * ((index / block) | 0)

/** Copies the data of an intact frame from its octet `from` on. @returns how many octets */
export const copyData = (bytes: Uint8Array, at: number, from: number, out: Uint8Array, outAt: number): number => {
  const data = dataOf(bytes, at)
  let place = placeOf(at, from)
  for (let index = from, to = outAt; index < data; index++) {
    out[to++] = bytes[place++] ?? 0
    if (index % block === block - 1) place += 2
  }
  return Math.max(0, data - from)
}

/** Puts the check of the block right in which the data's octet `index` stands. */
export const recheckData = (bytes: Uint8Array, at: number, end: number, index: number): void => {
  const from = at + linkHeader + (block + 2) * Math.floor(index / block)
  putCheck(bytes, from, Math.min(from + block, end - 2))
}

/** Writes a frame whose data is `data` up to `size` to the beginning of `out`. @returns its length */
export const putFrame = (
  out: Uint8Array,
  controlOctet: number,
  destination: number,
  source: number,
  data: Uint8Array,
  size: number,
): number => {
  const end = lengthOf(size)
  out[0] = 0x05
  out[1] = 0x64
  out[2] = counted + size
  out[3] = controlOctet
  putU16le(out, 4, destination)
  putU16le(out, 6, source)
  putCheck(out, 0, linkHeader - 2)
  for (let index = 0; index < size; index++) out[placeOf(0, index)] = data[index] ?? 0
  for (let index = 0; index < size; index += block) recheckData(out, 0, end, index)
  return end
}
