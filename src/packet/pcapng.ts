/** Reader of pcapng files (draft-ietf-opsawg-pcapng), fed as bytes arrive. Never throws. Section numbers are those of the draft. */
import { u16be, u16le, u32be, u32le } from '#core/bytes.ts'
import { type CaptureReader, CaptureRecord, longestRecord, type Skip } from './records.ts'
import { Spool } from './spool.ts'

const blocks = { section: 0x0a0d0d0a, interface: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const
const byteOrderMagic = 0x1a2b3c4d
/** Longest block of a kind that is read: a record and its options. */
const longestBlock = longestRecord + 65_536
/** Interfaces of one section. */
const maxInterfaces = 65_536
const options = { end: 0, resolution: 9, offset: 14 } as const

interface Interface {
  readonly linkType: number
  /** 0: unlimited. */
  readonly snapLength: number
  /** Units of a second, and seconds to add. */
  readonly perSecond: bigint
  readonly offset: bigint
  /** Of 1970, without an offset. */
  readonly isMicroseconds: boolean
}

export class PcapngReader implements CaptureReader {
  readonly #spool = new Spool()
  readonly #record = new CaptureRecord()
  #little = false
  #begun = false
  #interfaces: Interface[] = []
  #count = 0
  #isFull = false

  push(chunk: Uint8Array, each: (record: CaptureRecord) => void): void {
    this.#spool.append(chunk)
    while (this.#block(each));
  }

  end(): readonly Skip[] {
    return this.#spool.finish()
  }

  /** @returns whether a block was dealt with, so that another may follow */
  #block(each: (record: CaptureRecord) => void): boolean {
    const spool = this.#spool
    // Type, length, and in a section header the byte order that both are written in: the type reads the same in either.
    const { bytes, start } = spool
    if (spool.size < 12) {
      const isOther = !this.#begun && spool.size >= 4 && u32be(bytes, start) !== blocks.section
      return isOther ? this.#stop('not-a-capture') : false
    }
    const section = u32be(bytes, start) === blocks.section
    if (section) {
      const little = u32le(bytes, start + 8) === byteOrderMagic
      if (!little && u32be(bytes, start + 8) !== byteOrderMagic)
        return this.#stop(this.#begun ? 'malformed' : 'not-a-capture')
      this.#little = little
    } else if (!this.#begun) return this.#stop('not-a-capture')
    const type = this.#u32(start)
    const length = this.#u32(start + 4)
    if (length < 12 || length % 4 !== 0 || (section && length < 28)) return this.#stop('malformed')
    this.#begun = true
    if (!isKnown(type)) {
      spool.pass(length)
      return true
    }
    if (length > longestBlock) {
      // Without the description of its interface no later record could be read.
      if (type === blocks.interface || section) return this.#stop('too-long')
      spool.skip(length, 'too-long')
      return true
    }
    if (spool.size < length) return false
    const end = start + length - 4
    if (this.#u32(end) !== length) return this.#stop('malformed')
    if (section) return this.#section(start, length)
    if (type === blocks.interface) return this.#describe(start, end, length)
    return this.#packet(type, start, end, length, each)
  }

  #stop(why: 'malformed' | 'not-a-capture' | 'too-long' | 'unknown-version'): false {
    this.#spool.skip(Infinity, why)
    return false
  }

  /** 4.1 */
  #section(start: number, length: number): boolean {
    if (this.#u16(start + 12) !== 1) return this.#stop('unknown-version')
    this.#interfaces = []
    this.#isFull = false
    this.#spool.take(length)
    return true
  }

  /** 4.2 */
  #describe(start: number, end: number, length: number): boolean {
    if (length < 20) return this.#stop('malformed')
    if (this.#interfaces.length === maxInterfaces) {
      // Said once: a file may have millions of them.
      if (this.#isFull) this.#spool.pass(length)
      else this.#spool.skip(length, 'too-many-interfaces')
      this.#isFull = true
      return true
    }
    let perSecond = 1_000_000n
    let offset = 0n
    let at = start + 16
    while (at + 4 <= end) {
      const code = this.#u16(at)
      const size = this.#u16(at + 2)
      if (code === options.end || at + 4 + size > end) break
      if (code === options.resolution && size === 1) perSecond = resolutionOf(this.#spool.bytes[at + 4] ?? 6)
      if (code === options.offset && size === 8) offset = BigInt.asIntN(64, this.#u64(at + 4))
      at += 4 + padded(size)
    }
    this.#interfaces.push({
      linkType: this.#u16(start + 8),
      snapLength: this.#u32(start + 12),
      perSecond,
      offset,
      isMicroseconds: perSecond === 1_000_000n && offset === 0n,
    })
    this.#spool.take(length)
    return true
  }

  /** 4.3, 4.4 and, obsolete, appendix A. */
  #packet(type: number, start: number, end: number, length: number, each: (record: CaptureRecord) => void): boolean {
    const spool = this.#spool
    const simple = type === blocks.simplePacket
    const header = simple ? 12 : 28
    if (start + header > end) {
      spool.skip(length, 'malformed')
      return true
    }
    const index = simple ? 0 : type === blocks.packet ? this.#u16(start + 8) : this.#u32(start + 8)
    const known = this.#interfaces[index]
    if (known === undefined) {
      spool.skip(length, 'unknown-interface')
      return true
    }
    const wireLength = this.#u32(start + header - 4)
    const snapped = known.snapLength === 0 ? wireLength : Math.min(wireLength, known.snapLength)
    const captured = simple ? snapped : this.#u32(start + 20)
    if (captured > longestRecord || start + header + captured > end) {
      spool.skip(length, captured > longestRecord ? 'too-long' : 'malformed')
      return true
    }
    let seconds = 0
    let nanoseconds = 0
    if (!simple) {
      const [high, low] = [this.#u32(start + 12), this.#u32(start + 16)]
      if (known.isMicroseconds && high < 2 ** 20) {
        // Exact as a number below 2^53, and what nearly every file has.
        const units = high * 2 ** 32 + low
        seconds = Math.floor(units / 1_000_000)
        nanoseconds = (units - seconds * 1_000_000) * 1000
      } else {
        const units = (BigInt(high) << 32n) | BigInt(low)
        seconds = Number(units / known.perSecond + known.offset)
        nanoseconds = Number(((units % known.perSecond) * 1_000_000_000n) / known.perSecond)
      }
    }
    const record = this.#record
    record.number = ++this.#count
    record.seconds = seconds
    record.nanoseconds = nanoseconds
    record.bytes = spool.bytes
    record.at = start + header
    record.end = start + header + captured
    record.wireLength = wireLength
    record.linkType = known.linkType
    record.interface = index
    each(record)
    spool.take(length)
    return true
  }

  #u16(at: number): number {
    return this.#little ? u16le(this.#spool.bytes, at) : u16be(this.#spool.bytes, at)
  }
  #u32(at: number): number {
    return this.#little ? u32le(this.#spool.bytes, at) : u32be(this.#spool.bytes, at)
  }
  #u64(at: number): bigint {
    const first = BigInt(this.#u32(at))
    const second = BigInt(this.#u32(at + 4))
    return this.#little ? (second << 32n) | first : (first << 32n) | second
  }
}

const padded = (size: number): number => (size + 3) & ~3

const isKnown = (type: number): boolean =>
  type === blocks.section ||
  type === blocks.interface ||
  type === blocks.packet ||
  type === blocks.simplePacket ||
  type === blocks.enhancedPacket

/** if_tsresol: a negative power of ten, or of two when the highest bit is set. */
const resolutionOf = (value: number): bigint => (value & 0x80 ? 2n : 10n) ** BigInt(value & 0x7f)
