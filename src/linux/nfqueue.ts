/**
 * Packets that the kernel queues for a verdict (NFQUEUE; linux/netfilter/nfnetlink_queue.h), many per system call, read in place. The
 * caller waits in the call itself: nothing is faster, and the process does nothing else.
 */
import { endianness } from 'node:os'
import { Fault } from '#core/errors.ts'
import { errno, fcntl, lastErrno, recvmmsg, send, setIntOption, setsockopt, StableMemory, SystemError } from './libc.ts'
import { attribute, netfilterHeader, toBe32 } from './netlink.ts'
import { NetlinkSocket, protocol } from './netlink-socket.ts'
import { capability, hasCapability } from './process.ts'

export interface NfqueueOptions {
  readonly queue: number
  /** Packets that may wait for a verdict; beyond it new ones are dropped, or pass where `failOpen`. */
  readonly maxLength: number
  readonly failOpen: boolean
  /** ms for which the next packet is looked for without sleeping, default 0. Only for a CPU that nobody else needs meanwhile. */
  readonly awakeMs?: number
}

const little = endianness() === 'LE'
const subsystem = 3 << 8 // NFNL_SUBSYS_QUEUE
const message = { packet: subsystem, verdict: subsystem | 1, config: subsystem | 2, batch: subsystem | 3 } as const
const config = { command: 1, params: 2, maxLength: 3, mask: 4, flags: 5 } as const
const configFlag = { failOpen: 1 } as const
const bindCommand = 1
const copyPacket = 2
// enum nfqnl_attr_type
const attr = {
  packetHeader: 1,
  verdictHeader: 2,
  mark: 3,
  inPhysical: 7,
  inDevice: 5,
  address: 9,
  payload: 10,
} as const
const verdictNumber = { drop: 0, accept: 1 } as const

const SOL_SOCKET = 1
const SO_RCVTIMEO = 20
const SOL_NETLINK = 270
const NETLINK_NO_ENOBUFS = 5
const F_SETFL = 4
const MSG_WAITFORONE = 0x10000
const MSG_DONTWAIT = 0x40

/** Bytes the kernel may hold for us. */
const receiveBuffer = 4 << 20
const slots = 32
const packetRoom = 66 << 10
const messageSize = 64 // struct mmsghdr on 64-bit Linux
const vectorSize = 16

/** The kernel's words for who may not listen, as a person understands them. */
const explain = (error: unknown, queue: number): unknown => {
  if (!(error instanceof SystemError)) return error
  if (error.errno === errno.EBUSY || (error.errno === errno.EPERM && hasCapability(capability.netAdmin)))
    return new Fault('edge-running', `Another process already listens on queue ${queue}.`)
  if (error.errno === errno.EPERM) return new Fault('privileges-missing', `The kernel refused to open queue ${queue}.`)
  return new Fault('kernel-feature-missing', `The kernel has no packet queue (nfnetlink_queue): ${error.message}.`)
}

export class Nfqueue {
  readonly queue: number
  readonly #socket: NetlinkSocket
  readonly #memory = new StableMemory(slots * (messageSize + vectorSize + packetRoom))
  readonly #packets = slots * (messageSize + vectorSize)
  readonly #verdict = new Uint8Array(48 + 65_536 + 64)
  readonly #verdictView = new DataView(this.#verdict.buffer)
  /** The packet that `read` found: its bytes are `bytes[from]` to `bytes[to]`. */
  readonly bytes: Uint8Array
  readonly #view: DataView
  id = 0
  mark = 0
  /** Interface number of the port it came in by; -1 when unknown. */
  device = -1
  /** Ethernet address of its sender, as two and four bytes; -1 and 0 when unknown. */
  macHigh = -1
  macLow = 0
  from = 0
  to = 0
  /** Hook it is at (enum nf_inet_hooks). */
  hook = 0
  #lastId = 0
  /** Until when it does not sleep, by `performance.now()`; 0: it may. */
  #awakeUntil = 0
  readonly #awakeMs: number

  constructor({ queue, maxLength, failOpen, awakeMs = 0 }: NfqueueOptions) {
    this.queue = queue
    this.#awakeMs = awakeMs
    this.bytes = this.#memory.bytes
    this.#view = this.#memory.view
    this.#socket = new NetlinkSocket({ protocol: protocol.netfilter, receiveBuffer })
    const configure = (...attributes: Uint8Array[]) =>
      this.#socket.request(message.config, 0, netfilterHeader(0, queue), ...attributes)
    const params = new Uint8Array(5)
    new DataView(params.buffer).setUint32(0, 0xffff)
    params[4] = copyPacket
    try {
      configure(attribute(config.command, Uint8Array.of(bindCommand, 0, 0, 0)))
      configure(
        attribute(config.params, params),
        attribute(config.maxLength, toBe32(maxLength)),
        attribute(config.mask, toBe32(configFlag.failOpen)),
        attribute(config.flags, toBe32(failOpen ? configFlag.failOpen : 0)),
      )
    } catch (error) {
      this.close()
      throw explain(error, queue)
    }
    // A full socket buffer must not end the loop: the kernel then does with the packet what it does with one too many.
    setIntOption(this.#socket.fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
    fcntl(this.#socket.fd, F_SETFL, 0)
    this.#prepare()
  }

  /** Longest wait for a packet, in ms. */
  waitAtMost(ms: number): void {
    const time = new Uint8Array(16)
    const view = new DataView(time.buffer)
    view.setBigInt64(0, BigInt(Math.floor(ms / 1000)), true)
    view.setBigInt64(8, BigInt(Math.round((ms % 1000) * 1000)), true)
    setsockopt(this.#socket.fd, SOL_SOCKET, SO_RCVTIMEO, time, time.length)
  }

  /**
   * Waits for packets: a moment awake, since a poll and its answer come close together and waking up takes longer than judging, then
   * asleep. @returns how many came, at most 32; 0 when none came in time
   */
  receive(): number {
    if (this.#awakeUntil > 0) {
      let most = slots
      do {
        const count = this.#take(MSG_DONTWAIT, most)
        if (count > 0) return this.#came(count)
        // What was waited for is told at once, without a look for what may have come right behind it.
        most = 1
      } while (performance.now() < this.#awakeUntil)
      this.#awakeUntil = 0
    }
    const count = this.#take(MSG_WAITFORONE, slots)
    return count > 0 ? this.#came(count) : 0
  }

  /** Spares the moment awake before the next packet. */
  sleep(): void {
    this.#awakeUntil = 0
  }

  #came(count: number): number {
    if (this.#awakeMs > 0) this.#awakeUntil = performance.now() + this.#awakeMs
    return count
  }

  #take(flags: number, most: number): number {
    const count = recvmmsg(this.#socket.fd, this.#memory.address, most, flags, null)
    if (count >= 0) return count
    const error = lastErrno()
    if (error === errno.EAGAIN || error === errno.EINTR || error === errno.ENOBUFS) return 0
    throw new SystemError('receive from a packet queue', error)
  }

  /** Reads the packet in a slot into the fields of this object. @returns false when it holds none */
  read(slot: number): boolean {
    const view = this.#view
    const start = this.#packets + slot * packetRoom
    const end = start + view.getUint32(slot * messageSize + 56, true)
    if (end < start + 20 || view.getUint16(start + 4, little) !== message.packet) return false
    this.mark = 0
    this.device = -1
    this.macHigh = -1
    this.from = this.to = 0
    let at = start + 20
    while (at + 4 <= end) {
      const length = view.getUint16(at, little)
      if (length < 4 || at + length > end) break
      switch (view.getUint16(at + 2, little) & 0x3fff) {
        case attr.packetHeader:
          this.id = view.getInt32(at + 4)
          this.hook = this.bytes[at + 10] ?? 0
          break
        case attr.mark:
          this.mark = view.getInt32(at + 4)
          break
        case attr.inPhysical:
          this.device = view.getInt32(at + 4)
          break
        case attr.inDevice:
          if (this.device < 0) this.device = view.getInt32(at + 4)
          break
        case attr.address:
          this.macHigh = view.getUint16(at + 8)
          this.macLow = view.getInt32(at + 10)
          break
        case attr.payload:
          this.from = at + 4
          this.to = at + length
          break
        default:
      }
      at += (length + 3) & ~3
    }
    this.#lastId = this.id
    return this.to > this.from
  }

  /** Lets pass a packet, with a mark: the one read last, unless said. */
  accept(mark: number, id = this.#lastId): void {
    this.#send(message.verdict, verdictNumber.accept, id, mark, 0)
  }

  /** Lets pass every packet up to one, the one read last unless said; all before it must have been decided or be meant to pass. */
  acceptAll(mark: number, id = this.#lastId): void {
    this.#send(message.batch, verdictNumber.accept, id, mark, 0)
  }

  drop(): void {
    this.#send(message.verdict, verdictNumber.drop, this.#lastId, 0, 0)
  }

  /** Lets pass other bytes, from the IP header on, in place of the packet read last. */
  replace(bytes: Uint8Array, length: number, mark: number): void {
    for (let index = 0; index < length; index++) this.#verdict[44 + index] = bytes[index] ?? 0
    this.#send(message.verdict, verdictNumber.accept, this.#lastId, mark, length)
  }

  close(): void {
    this.#socket.close()
  }

  #prepare(): void {
    const { view, address, bytes } = this.#memory
    bytes.fill(0, 0, this.#packets)
    for (let slot = 0; slot < slots; slot++) {
      const vector = slots * messageSize + slot * vectorSize
      view.setBigUint64(slot * messageSize + 16, address + BigInt(vector), true) // msg_iov
      view.setBigUint64(slot * messageSize + 24, 1n, true) // msg_iovlen
      view.setBigUint64(vector, address + BigInt(this.#packets + slot * packetRoom), true)
      view.setBigUint64(vector + 8, BigInt(packetRoom), true)
    }
    const verdict = this.#verdictView
    verdict.setUint16(6, 1, little) // NLM_F_REQUEST
    verdict.setUint16(18, this.queue)
    verdict.setUint16(20, 12, little)
    verdict.setUint16(22, attr.verdictHeader, little)
    verdict.setUint16(32, 8, little)
    verdict.setUint16(34, attr.mark, little)
    verdict.setUint16(42, attr.payload, little)
  }

  /** Header, verdict, mark, then the payload where there is one. */
  #send(type: number, verdict: number, id: number, mark: number, payload: number): void {
    const view = this.#verdictView
    const length = payload === 0 ? 40 : 44 + payload
    view.setUint32(0, length, little)
    view.setUint16(4, type, little)
    view.setInt32(24, verdict)
    view.setInt32(28, id)
    view.setInt32(36, mark)
    if (payload > 0) view.setUint16(40, 4 + payload, little)
    // ENOENT: the packet is gone, because the queue was flushed in between.
    if (send(this.#socket.fd, this.#verdict, length, 0) < 0 && lastErrno() !== errno.ENOENT)
      throw new SystemError('send a verdict', lastErrno())
  }
}
