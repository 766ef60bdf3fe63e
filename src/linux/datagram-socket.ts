/**
 * UDP on a wildcard socket that serves many addresses: which of them each datagram was sent to, and answers that leave from it
 * (ip(7), IP_PKTINFO). IPv4.
 */
import { formatIp4At } from '#core/address.ts'
import { close, errno, fcntl, lastErrno, must, recvmmsg, sendmsg, setIntOption, StableMemory } from './libc.ts'
import { watchReadable } from './readable.ts'
import { addressBytes } from './socket-address.ts'

/** Datagrams of one system call. */
const datagramBatch = 64
/** Bytes of a datagram that are read; of a longer one the rest is lost, and {@link Datagram.truncated} says so. */
const datagramRoom = 4096
/** Bytes of UDP's payload over IPv4. */
const longestDatagram = 65_507

const AF_INET = 2
const IPPROTO_IP = 0
const IP_PKTINFO = 8
const F_GETFL = 3
const F_SETFL = 4
const O_NONBLOCK = 0o4000
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000

// struct mmsghdr, iovec, cmsghdr and in_pktinfo on 64-bit Linux
const messageSize = 64
const vectorSize = 16
const nameSize = 16
const headerSize = 16
const infoSize = 12
const controlSize = headerSize + 16 // padded to 8

export interface Datagram {
  /** Valid until the call that was given it returns: the memory is read into again. */
  readonly bytes: Uint8Array
  readonly source: string
  readonly sourcePort: number
  /** Address of this machine that it was sent to. */
  readonly destination: string
  readonly truncated: boolean
}

export interface DatagramSocket {
  /**
   * Sends one datagram; one that cannot leave is lost, as on a wire.
   * @param from address of this machine that it leaves from
   * @returns whether the kernel took it
   */
  send(bytes: Uint8Array, to: string, port: number, from: string): boolean
  close(): void
}

/** One for the whole process: a batch is read out before the next one comes, whichever socket it is of. */
class Batch {
  readonly memory = new StableMemory(datagramBatch * (messageSize + vectorSize + nameSize + controlSize + datagramRoom))
  readonly #vectors = datagramBatch * messageSize
  readonly #names = this.#vectors + datagramBatch * vectorSize
  readonly #controls = this.#names + datagramBatch * nameSize
  readonly #data = this.#controls + datagramBatch * controlSize

  constructor() {
    const { view, address, bytes } = this.memory
    bytes.fill(0, 0, this.#data)
    for (let slot = 0; slot < datagramBatch; slot++) {
      const message = slot * messageSize
      const vector = this.#vectors + slot * vectorSize
      view.setBigUint64(message, address + BigInt(this.#names + slot * nameSize), true) // msg_name
      view.setBigUint64(message + 16, address + BigInt(vector), true) // msg_iov
      view.setBigUint64(message + 24, 1n, true) // msg_iovlen
      view.setBigUint64(message + 32, address + BigInt(this.#controls + slot * controlSize), true) // msg_control
      view.setBigUint64(vector, address + BigInt(this.#data + slot * datagramRoom), true)
      view.setBigUint64(vector + 8, BigInt(datagramRoom), true)
    }
  }

  /** @returns datagrams that were read; none when none waits or the kernel had only an error to tell */
  fill(fd: number): number {
    const { view, address } = this.memory
    for (let slot = 0; slot < datagramBatch; slot++) {
      view.setUint32(slot * messageSize + 8, nameSize, true) // msg_namelen
      view.setBigUint64(slot * messageSize + 40, BigInt(controlSize), true) // msg_controllen
    }
    return Math.max(0, recvmmsg(fd, address, datagramBatch, MSG_DONTWAIT, null))
  }

  at(slot: number): Datagram | undefined {
    const { view, bytes } = this.memory
    const message = slot * messageSize
    const name = this.#names + slot * nameSize
    const control = this.#controls + slot * controlSize
    const isInfo =
      view.getUint32(message + 40, true) >= headerSize + infoSize &&
      view.getInt32(control + 8, true) === IPPROTO_IP &&
      view.getInt32(control + 12, true) === IP_PKTINFO
    if (!isInfo || view.getUint16(name, true) !== AF_INET) return undefined
    const length = Math.min(view.getUint32(message + 56, true), datagramRoom) // msg_len
    const data = this.#data + slot * datagramRoom
    return {
      bytes: bytes.subarray(data, data + length),
      source: formatIp4At(bytes, name + 4),
      sourcePort: view.getUint16(name + 2),
      destination: formatIp4At(bytes, control + headerSize + 8), // ipi_addr
      truncated: (view.getUint32(message + 48, true) & MSG_TRUNC) !== 0, // msg_flags
    }
  }
}

/** What one datagram leaves with; one for the whole process. */
class Outgoing {
  readonly #memory = new StableMemory(messageSize + vectorSize + nameSize + controlSize + longestDatagram)
  readonly #vector = messageSize
  readonly #name = this.#vector + vectorSize
  readonly #control = this.#name + nameSize
  readonly #data = this.#control + controlSize

  constructor() {
    const { view, address, bytes } = this.#memory
    bytes.fill(0, 0, this.#data)
    view.setBigUint64(0, address + BigInt(this.#name), true)
    view.setUint32(8, nameSize, true)
    view.setBigUint64(16, address + BigInt(this.#vector), true)
    view.setBigUint64(24, 1n, true)
    view.setBigUint64(32, address + BigInt(this.#control), true)
    view.setBigUint64(40, BigInt(controlSize), true)
    view.setBigUint64(this.#vector, address + BigInt(this.#data), true)
    view.setUint16(this.#name, AF_INET, true)
    view.setBigUint64(this.#control, BigInt(headerSize + infoSize), true) // cmsg_len
    view.setInt32(this.#control + 8, IPPROTO_IP, true)
    view.setInt32(this.#control + 12, IP_PKTINFO, true)
  }

  send(fd: number, data: Uint8Array, to: string, port: number, from: string): boolean {
    if (data.length > longestDatagram) return false
    const { view, address, bytes } = this.#memory
    bytes.set(data, this.#data)
    view.setBigUint64(this.#vector + 8, BigInt(data.length), true)
    view.setUint16(this.#name + 2, port)
    bytes.set(addressBytes(to), this.#name + 4)
    bytes.set(addressBytes(from), this.#control + headerSize + 4) // ipi_spec_dst
    return sendmsg(fd, address, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0
  }
}

let batch: Batch | undefined
let outgoing: Outgoing | undefined

/**
 * Has the kernel say where each datagram was sent to.
 * @throws SystemError when `fd` is no socket
 */
const tellDestinations = (fd: number): void => {
  must('setsockopt(IP_PKTINFO)', setIntOption(fd, IPPROTO_IP, IP_PKTINFO, 1))
}

/**
 * Serves a bound UDP socket, which it owns and closes. `onDatagram` is called for each datagram, for at most {@link datagramBatch} of them
 * before other work of the event loop has its turn.
 * @throws SystemError when `fd` is no socket
 */
export const serveDatagrams = (fd: number, onDatagram: (datagram: Datagram) => void): DatagramSocket => {
  tellDestinations(fd)
  must('fcntl', fcntl(fd, F_SETFL, must('fcntl', fcntl(fd, F_GETFL, 0)) | O_NONBLOCK))
  const inbox = (batch ??= new Batch())
  const outbox = (outgoing ??= new Outgoing())
  let closed = false
  const isClosed = (): boolean => closed
  const watch = watchReadable(fd, () => {
    const count = inbox.fill(fd)
    for (let slot = 0; slot < count && !isClosed(); slot++) {
      const datagram = inbox.at(slot)
      if (datagram !== undefined) onDatagram(datagram)
    }
  })
  return {
    send: (bytes, to, port, from) => {
      if (closed) return false
      if (outbox.send(fd, bytes, to, port, from)) return true
      // A signal came first: once more is enough.
      return lastErrno() === errno.EINTR && outbox.send(fd, bytes, to, port, from)
    },
    close: () => {
      if (closed) return
      closed = true
      watch.close()
      close(fd)
    },
  }
}
