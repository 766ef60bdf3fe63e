/** Data block 1 of the controller: level (INT0, 0.1 l), temperature (INT2, 0.1 °C), setpoint (INT10, l) and free bytes. */
import { print } from '../arguments.ts'
import type { Line } from '../line.ts'

const size = 128
const setpointAt = 10

export class Memory {
  readonly #bytes = Buffer.alloc(size)
  readonly #line: Line

  constructor(line: Line) {
    this.#line = line
  }

  /** @returns undefined when there is no such block or address */
  read(block: number, at: number, count: number): Buffer | undefined {
    if (block !== 1 || at + count > size) return undefined
    this.#bytes.writeInt16BE(Math.round(this.#line.level * 10), 0)
    this.#bytes.writeInt16BE(Math.round(this.#line.tank.temperature * 10), 2)
    this.#bytes.writeInt16BE(Math.round(this.#line.setpoint), setpointAt)
    return Buffer.from(this.#bytes.subarray(at, at + count))
  }

  write(block: number, at: number, bytes: Buffer): boolean {
    if (block !== 1 || at + bytes.length > size) return false
    if (at === setpointAt && bytes.length === 2) return this.#line.set(bytes.readInt16BE(0))
    bytes.copy(this.#bytes, at)
    print({ kind: 'write', block, at, bytes: bytes.toString('hex') })
    return true
  }
}
