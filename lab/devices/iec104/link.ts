/**
 * One end of an IEC 60870-5-104 connection: numbers what it sends, insists on the numbers it receives, acknowledges, answers
 * tests. An end that finds a number out of turn closes the connection, as the standard demands.
 */
import type { Socket } from 'node:net'
import { eachMessage, type Measure } from '../stream.ts'

export const unnumbered = { start: 0x07, started: 0x0b, test: 0x43, tested: 0x83 } as const
const modulus = 0x8000
/** Frames received after which an acknowledgement is sent, at the latest. */
const window = 8

export const measure: Measure = (bytes) =>
  bytes.length < 2 ? 0 : bytes[0] === 0x68 && (bytes[1] ?? 0) >= 4 ? 2 + (bytes[1] ?? 0) : -1

const frame = (control: readonly [number, number, number, number], data: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from([0x68, 4 + data.length, ...control]), data])

export class Link {
  readonly #socket: Socket
  #sent = 0
  #received = 0
  #unacknowledged = 0

  /**
   * @param take gets the data of each numbered frame
   * @param control gets the code of each unnumbered one
   * @param fault is told what was out of turn
   */
  constructor(
    socket: Socket,
    take: (data: Buffer) => void,
    control: (code: number) => void,
    fault: (what: string) => void,
  ) {
    this.#socket = socket
    eachMessage(socket, measure, (message) => {
      const [, , kind = 0] = message
      if ((kind & 3) === 3) {
        if (kind === unnumbered.test) socket.write(frame([unnumbered.tested, 0, 0, 0]))
        control(kind)
        return
      }
      const acknowledged = message.readUInt16LE(4) >> 1
      if ((this.#sent - acknowledged + modulus) % modulus > modulus / 2)
        this.#close(fault, `N(R) ${acknowledged} after ${this.#sent} were sent`)
      if ((kind & 1) === 1) return
      const number = message.readUInt16LE(2) >> 1
      if (number !== this.#received) {
        this.#close(fault, `N(S) ${number} instead of ${this.#received}`)
        return
      }
      this.#received = (number + 1) % modulus
      if (++this.#unacknowledged >= window) this.#acknowledge()
      take(message.subarray(6))
    })
  }

  unnumbered(code: number): void {
    this.#socket.write(frame([code, 0, 0, 0]))
  }

  send(data: Buffer): void {
    const numbers = Buffer.alloc(4)
    numbers.writeUInt16LE(this.#sent << 1, 0)
    numbers.writeUInt16LE(this.#received << 1, 2)
    this.#sent = (this.#sent + 1) % modulus
    this.#unacknowledged = 0
    const [a = 0, b = 0, c = 0, d = 0] = numbers
    this.#socket.write(frame([a, b, c, d], data))
  }

  #acknowledge(): void {
    const number = this.#received << 1
    this.#unacknowledged = 0
    this.#socket.write(frame([1, 0, number & 0xff, number >> 8]))
  }

  #close(fault: (what: string) => void, what: string): void {
    fault(what)
    this.#socket.destroy()
  }
}
