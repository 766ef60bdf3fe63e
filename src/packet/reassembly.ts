/** IP fragments put together: whole datagrams from those that come in pieces. Bounded, and never of bytes that contradict each other. */
import { putU16be } from '#core/bytes.ts'
import type { Headers } from './headers.ts'
import { ipProtocols } from './numbers.ts'

/** Datagrams that wait for pieces; beyond it the oldest is given up. */
const maxWaiting = 256
const longest = 65_535

/** Why a fragment is not put together: a closed list. */
export const fragmentFaults = {
  overlapping: 'IP fragments that overlap',
  'too-long': 'IP fragments of more than 65,535 bytes',
  'extension-headers': 'IPv6 fragments behind further extension headers',
  incomplete: 'IP fragments whose others are missing',
} as const
export type FragmentFault = keyof typeof fragmentFaults

interface Piece {
  readonly from: number
  readonly bytes: Uint8Array
}

interface Waiting {
  /** The IP header of the first fragment, as the whole datagram has it. */
  header: Uint8Array | undefined
  readonly pieces: Piece[]
  /** Bytes behind the header; -1 while the last fragment is missing. */
  length: number
  fault: FragmentFault | undefined
}

const keyOf = (bytes: Uint8Array, headers: Headers): string => {
  const { srcOffset, family, fragmentId } = headers
  const addresses = bytes.subarray(srcOffset, srcOffset + (family === 4 ? 8 : 32))
  // RFC 791 tells datagrams apart by protocol, too; RFC 8200 does not.
  return `${fragmentId} ${family === 4 ? headers.protocol : 6} ${addresses.join('.')}`
}

/** The header without any trace of fragmenting (RFC 791, 3.2; RFC 8200, 4.5). */
const wholeHeader = (
  bytes: Uint8Array,
  { networkOffset: at, ipHeaderLength, family, protocol }: Headers,
): Uint8Array => {
  const header = bytes.slice(at, at + (family === 4 ? ipHeaderLength : 40))
  if (family === 4) putU16be(header, 6, 0)
  else header[6] = protocol
  return header
}

export class Reassembly {
  readonly #waiting = new Map<string, Waiting>()
  readonly faults = new Map<FragmentFault, number>()

  /**
   * Takes a fragment whose headers were read.
   * @returns the datagram that it completes, from its IP header on
   */
  add(bytes: Uint8Array, headers: Headers): Uint8Array | undefined {
    const { family, fragmentOffset, moreFragments, networkOffset, ipHeaderLength, payloadEnd } = headers
    const key = keyOf(bytes, headers)
    let datagram = this.#waiting.get(key)
    if (datagram === undefined) {
      datagram = { header: undefined, pieces: [], length: -1, fault: undefined }
      this.#waiting.set(key, datagram)
      if (this.#waiting.size > maxWaiting) this.#giveUp()
    }
    const from = networkOffset + ipHeaderLength
    const piece = { from: fragmentOffset, bytes: bytes.slice(from, payloadEnd) }
    if (family === 6 && bytes[networkOffset + 6] !== ipProtocols.fragment) datagram.fault ??= 'extension-headers'
    if (piece.from + piece.bytes.length > longest) datagram.fault ??= 'too-long'
    if (repeats(datagram.pieces, piece)) return undefined
    if (overlaps(datagram.pieces, piece)) datagram.fault ??= 'overlapping'
    if (datagram.fault !== undefined) {
      this.#count(datagram.fault, 1)
      return undefined
    }
    datagram.pieces.push(piece)
    if (fragmentOffset === 0) datagram.header = wholeHeader(bytes, headers)
    if (!moreFragments) datagram.length = piece.from + piece.bytes.length
    const whole = joined(datagram)
    if (whole !== undefined) this.#waiting.delete(key)
    return whole
  }

  /** Nothing more comes: what still waits is counted. */
  end(): void {
    while (this.#waiting.size > 0) this.#giveUp()
  }

  #giveUp(): void {
    for (const [key, { pieces, fault }] of this.#waiting.entries().take(1)) {
      this.#waiting.delete(key)
      if (pieces.length > 0) this.#count(fault ?? 'incomplete', pieces.length)
    }
  }

  #count(fault: FragmentFault, fragments: number): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + fragments)
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

const repeats = (pieces: readonly Piece[], { from, bytes }: Piece): boolean =>
  pieces.some((other) => other.from === from && sameBytes(other.bytes, bytes))

const overlaps = (pieces: readonly Piece[], { from, bytes }: Piece): boolean =>
  pieces.some((other) => from < other.from + other.bytes.length && other.from < from + bytes.length)

const joined = ({ header, pieces, length }: Waiting): Uint8Array | undefined => {
  if (header === undefined || length < 0) return undefined
  if (pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) !== length) return undefined
  const whole = new Uint8Array(header.length + length)
  whole.set(header)
  for (const { from, bytes } of pieces) whole.set(bytes, header.length + from)
  if ((header[0] ?? 0) >> 4 === 4) putU16be(whole, 2, whole.length)
  else putU16be(whole, 4, length)
  return whole
}
