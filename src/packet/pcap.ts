/** Reader of classic pcap files (draft-ietf-opsawg-pcap), fed as bytes arrive. Never throws. */
import { u16be, u16le, u32be, u32le } from '#core/bytes.ts'
import { type CaptureReader, CaptureRecord, longestRecord, type Skip } from './records.ts'
import { Spool } from './spool.ts'

/** Magic numbers as the writer's byte order has them. The modified form adds eight bytes to each record's header. */
const magics: Readonly<Record<number, { readonly nanoseconds: boolean; readonly recordHeader: number }>> = {
  0xa1b2c3d4: { nanoseconds: false, recordHeader: 16 },
  0xa1b23c4d: { nanoseconds: true, recordHeader: 16 },
  0xa1b2cd34: { nanoseconds: false, recordHeader: 24 },
}

/** Whether a file that begins with these (at least four) bytes is a pcap file. */
export const isPcap = (bytes: Uint8Array): boolean =>
  magics[u32be(bytes, 0)] !== undefined || magics[u32le(bytes, 0)] !== undefined

const fileHeader = 24

export class PcapReader implements CaptureReader {
  readonly #spool = new Spool()
  readonly #record = new CaptureRecord()
  #begun = false
  #little = false
  #nanoseconds = false
  #recordHeader = 16
  #linkType = -1
  #count = 0

  push(chunk: Uint8Array, each: (record: CaptureRecord) => void): void {
    const spool = this.#spool
    const record = this.#record
    spool.append(chunk)
    if (!this.#begun && !this.#begin()) return
    for (;;) {
      if (spool.size < this.#recordHeader) return
      const { bytes, start } = spool
      const length = this.#u32(start + 8)
      // Nothing tells where the next record begins when this length cannot be true.
      if (length > longestRecord) {
        spool.skip(Infinity, 'too-long')
        return
      }
      const from = start + this.#recordHeader
      if (spool.end < from + length) return
      const fraction = this.#u32(start + 4)
      record.number = ++this.#count
      record.seconds = this.#u32(start)
      record.nanoseconds = this.#nanoseconds ? fraction : fraction * 1000
      record.bytes = bytes
      record.at = from
      record.end = from + length
      record.wireLength = this.#u32(start + 12)
      record.linkType = this.#linkType
      each(record)
      spool.take(this.#recordHeader + length)
    }
  }

  end(): readonly Skip[] {
    return this.#spool.finish()
  }

  #begin(): boolean {
    const spool = this.#spool
    if (spool.size < fileHeader) return false
    const { bytes, start } = spool
    const big = magics[u32be(bytes, start)]
    const form = big ?? magics[u32le(bytes, start)]
    this.#little = big === undefined
    const major = this.#little ? u16le(bytes, start + 4) : u16be(bytes, start + 4)
    if (form === undefined || major !== 2) {
      spool.skip(Infinity, form === undefined ? 'not-a-capture' : 'unknown-version')
      return false
    }
    this.#nanoseconds = form.nanoseconds
    this.#recordHeader = form.recordHeader
    // The upper bits say how long a check sequence is; the lengths inside the packets tell it apart anyway.
    this.#linkType = this.#u32(start + 20) & 0xffff
    this.#begun = true
    spool.take(fileHeader)
    return true
  }

  #u32(at: number): number {
    const { bytes } = this.#spool
    return this.#little ? u32le(bytes, at) : u32be(bytes, at)
  }
}
