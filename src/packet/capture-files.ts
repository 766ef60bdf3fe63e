/** Small capture files of every form, for the tests of their readers. */

/** Numbers in either byte order, one behind the other. */
class Bytes {
  readonly #bytes: number[] = []
  readonly #little: boolean
  constructor(little: boolean) {
    this.#little = little
  }
  number(size: number, value: number): this {
    const own = Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** index) & 255)
    this.#bytes.push(...(this.#little ? own : own.toReversed()))
    return this
  }
  u16(...values: readonly number[]): this {
    for (const value of values) this.number(2, value)
    return this
  }
  u32(...values: readonly number[]): this {
    for (const value of values) this.number(4, value)
    return this
  }
  raw(bytes: Iterable<number>): this {
    // As arguments, some hundred thousand are more than the stack holds.
    for (const byte of bytes) this.#bytes.push(byte)
    return this
  }
  done(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

export interface PcapForm {
  readonly little: boolean
  readonly magic: number
  readonly linkType?: number
  readonly version?: number
}

/** Records of 3, 0 and 5 bytes at 1.000002, 2.000003 and 3.000004 (or nanoseconds). */
export const pcapFile = ({ little, magic, linkType = 1, version = 2 }: PcapForm): Uint8Array => {
  const bytes = new Bytes(little).u32(magic).u16(version, 4).u32(0, 0, 65_535, linkType)
  for (const [index, size] of [3, 0, 5].entries()) {
    bytes.u32(index + 1, index + 2, size, size + 10)
    if (magic === 0xa1b2cd34) bytes.u32(1, 0)
    bytes.raw(Array.from({ length: size }, (_, at) => at + 1))
  }
  return bytes.done()
}

export const block = (little: boolean, type: number, body: Uint8Array): Uint8Array => {
  const padding = (4 - (body.length % 4)) % 4
  const length = 12 + body.length + padding
  return new Bytes(little).u32(type, length).raw(body).raw(new Uint8Array(padding)).u32(length).done()
}
export const section = (little: boolean, major = 1): Uint8Array =>
  block(little, 0x0a0d0d0a, new Bytes(little).u32(0x1a2b3c4d).u16(major, 0).u32(0xffff_ffff, 0xffff_ffff).done())

export const describeInterface = (
  little: boolean,
  linkType: number,
  { resolution, offset, snapLength = 0 }: { resolution?: number; offset?: number; snapLength?: number } = {},
): Uint8Array => {
  // A name comes first, so that options are stepped over.
  const body = new Bytes(little).u16(linkType, 0).u32(snapLength).u16(2, 3).raw([101, 116, 104, 0])
  if (resolution !== undefined) body.u16(9, 1).raw([resolution, 0, 0, 0])
  if (offset !== undefined) body.u16(14, 8).number(8, offset)
  return block(little, 1, body.u16(0, 0).done())
}

/** @param units since 1970, by the interface's resolution */
export const enhanced = (
  little: boolean,
  index: number,
  units: number,
  packet: Uint8Array,
  claims = packet.length,
): Uint8Array => {
  const padding = (4 - (packet.length % 4)) % 4
  const body = new Bytes(little).u32(index, Math.floor(units / 2 ** 32), units % 2 ** 32, claims, packet.length)
  // A comment behind the packet.
  body.raw(packet).raw(new Uint8Array(padding)).u16(1, 2).raw([104, 105, 0, 0]).u16(0, 0)
  return block(little, 6, body.done())
}
export const simple = (little: boolean, packet: Uint8Array, wireLength = packet.length): Uint8Array =>
  block(little, 3, new Bytes(little).u32(wireLength).raw(packet).done())
export const obsolete = (little: boolean, index: number, units: number, packet: Uint8Array): Uint8Array =>
  block(
    little,
    2,
    new Bytes(little)
      .u16(index, 0)
      .u32(Math.floor(units / 2 ** 32), units % 2 ** 32, packet.length, packet.length)
      .raw(packet)
      .done(),
  )

/** Two interfaces of different resolution, every kind of packet block, a block to step over, and a second section of the other order. */
export const pcapngFile = (little: boolean): Uint8Array =>
  joined(
    section(little),
    describeInterface(little, 1, { snapLength: 4 }),
    describeInterface(little, 101, { resolution: 9, offset: 100 }),
    enhanced(little, 0, 1_700_000_000_000_001, Uint8Array.of(1, 2, 3)),
    block(little, 5, Uint8Array.of(1, 2, 3, 4)),
    enhanced(little, 1, 2_000_000_003, Uint8Array.of(4)),
    simple(little, Uint8Array.of(5, 6, 7, 8), 60),
    obsolete(little, 1, 7, Uint8Array.of(9, 9)),
    section(!little),
    describeInterface(!little, 113, { resolution: 0x80 | 10 }),
    enhanced(!little, 0, 1024 + 512, Uint8Array.of(1)),
  )
