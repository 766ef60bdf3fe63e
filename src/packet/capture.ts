/** A capture of either format, by its first four bytes. */
import { isPcap, PcapReader } from './pcap.ts'
import { PcapngReader } from './pcapng.ts'
import type { CaptureReader, CaptureRecord, Skip } from './records.ts'

export class AnyCaptureReader implements CaptureReader {
  #reader: CaptureReader | undefined
  #first: Uint8Array = new Uint8Array()

  push(chunk: Uint8Array, each: (record: CaptureRecord) => void): void {
    if (this.#reader !== undefined) {
      this.#reader.push(chunk, each)
      return
    }
    const first = new Uint8Array(this.#first.length + chunk.length)
    first.set(this.#first)
    first.set(chunk, this.#first.length)
    this.#first = first
    if (first.length < 4) return
    this.#reader = isPcap(first) ? new PcapReader() : new PcapngReader()
    this.#reader.push(first, each)
  }

  end(): readonly Skip[] {
    if (this.#reader !== undefined) return this.#reader.end()
    const { length } = this.#first
    return length === 0 ? [] : [{ at: 0, length, why: 'cut-short' }]
  }
}
