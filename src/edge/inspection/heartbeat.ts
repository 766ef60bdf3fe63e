/** Datagrams to ourselves that go through the real queues: who judges packets answers them by letting them pass. */
import { bindSocket, close, connectSocket, getsockname, must, recv, send, setIntOption, socket } from '#linux/libc.ts'
import { socketAddress } from '#linux/socket-address.ts'
import { beatMark } from '../kernel/queues.ts'

const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const SOL_SOCKET = 1
const SO_MARK = 36
const remembered = 64

export class Heartbeat {
  readonly #fd: number
  readonly #bytes = new Uint8Array(8)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #sent: number[] = []
  #number = 0
  #answered = 0
  /** µs of the newest round trip. */
  last = 0
  /** Beats answered in a row, without one that was too late. */
  streak = 0

  /** @throws Fault `privileges-missing` */
  constructor(queue: number) {
    this.#fd = must('socket(AF_INET)', socket(AF_INET, SOCK_DGRAM | SOCK_FLAGS, 0))
    const address = socketAddress('127.0.0.1', 0)
    must('bind(127.0.0.1)', bindSocket(this.#fd, address, address.length))
    const size = new Uint8Array(4)
    new DataView(size.buffer).setUint32(0, address.length, true)
    must('getsockname', getsockname(this.#fd, address, size))
    must('connect(127.0.0.1)', connectSocket(this.#fd, address, address.length))
    must('setsockopt(SO_MARK)', setIntOption(this.#fd, SOL_SOCKET, SO_MARK, beatMark(queue)))
  }

  /** Sends one. @param now ms of a clock that never goes back */
  send(now: number): void {
    this.#number++
    this.#sent[this.#number % remembered] = now
    this.#view.setUint32(0, this.#number)
    send(this.#fd, this.#bytes, this.#bytes.length, 0)
  }

  /** Takes what has come back. */
  receive(now: number): void {
    while (recv(this.#fd, this.#bytes, this.#bytes.length, 0) === this.#bytes.length) {
      const number = this.#view.getUint32(0)
      if (number <= this.#answered || number > this.#number) continue
      this.streak += number - this.#answered === 1 ? 1 : 0
      this.#answered = number
      this.last = Math.round((now - (this.#sent[number % remembered] ?? now)) * 1000)
    }
  }

  /** ms for which the oldest unanswered beat has been waiting; 0 when none is. */
  silence(now: number): number {
    if (this.#answered >= this.#number) return 0
    const oldest = Math.max(this.#answered + 1, this.#number - remembered + 1)
    return now - (this.#sent[oldest % remembered] ?? now)
  }

  /** Forgets what was not answered. */
  restart(): void {
    this.#answered = this.#number
    this.streak = 0
  }

  close(): void {
    close(this.#fd)
  }
}
