import { interfaceIndex } from './interface-names.ts'
import {
  bindSocket,
  close,
  errno,
  lastErrno,
  must,
  recvmmsg,
  send,
  setIntOption,
  setReceiveBuffer,
  setsockopt,
  socket,
  StableMemory,
  SystemError,
} from './libc.ts'
import { inOptionalNamespace } from './enter-namespace.ts'
import { missingInterface } from './missing-interface.ts'
import { watchReadable, type Watch } from './readable.ts'

export interface PacketSocketOptions {
  readonly device: string
  readonly namespace?: string
  /** Take frames for other stations too; a mirror port needs it. */
  readonly promiscuous?: boolean
}

/** A raw Ethernet socket. Frames are complete from the Ethernet header, without FCS. */
export interface PacketSocket {
  /** @throws SystemError when the frame is larger than the MTU allows or the interface is down. */
  send(frame: Uint8Array): void
  /** The next frame, or `undefined` when none waits. A VLAN tag is where it was on the wire; own frames do not appear. */
  receive(): Uint8Array | undefined
  /** All frames that wait. */
  drain(): Uint8Array[]
  /** Resolves `true` as soon as a frame waits, `false` after `ms` milliseconds without one. */
  wait(ms: number): Promise<boolean>
  close(): void
}

const AF_PACKET = 17
const SOCK_RAW = 3
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
const ETH_P_ALL = 3
const SOL_PACKET = 263
const PACKET_ADD_MEMBERSHIP = 1
const PACKET_AUXDATA = 8
const PACKET_IGNORE_OUTGOING = 23
const PACKET_MR_PROMISC = 1
const MSG_DONTWAIT = 0x40

/** @throws Fault `interface-missing`, `privileges-missing`, `not-found` (namespace) */
export const openPacketSocket = (options: PacketSocketOptions): PacketSocket => {
  // Protocol 0 until bound: otherwise frames of every other interface arrive in between.
  const fd = inOptionalNamespace(options.namespace, () =>
    must('socket(AF_PACKET)', socket(AF_PACKET, SOCK_RAW | SOCK_FLAGS, 0)),
  )
  try {
    const index = interfaceIndex(fd, options.device)
    if (index === 0) throw missingInterface(options.device, options.namespace)
    setReceiveBuffer(fd, 16 << 20)
    must('setsockopt(PACKET_AUXDATA)', setIntOption(fd, SOL_PACKET, PACKET_AUXDATA, 1))
    must('setsockopt(PACKET_IGNORE_OUTGOING)', setIntOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1))
    if (options.promiscuous === true) {
      const request = new Uint8Array(16) // struct packet_mreq
      const view = new DataView(request.buffer)
      view.setInt32(0, index, true)
      view.setUint16(4, PACKET_MR_PROMISC, true)
      must(
        'setsockopt(PACKET_ADD_MEMBERSHIP)',
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, request.length),
      )
    }
    const address = new Uint8Array(20) // struct sockaddr_ll
    const view = new DataView(address.buffer)
    view.setUint16(0, AF_PACKET, true)
    view.setUint16(2, ETH_P_ALL)
    view.setInt32(4, index, true)
    must(`bind ${options.device}`, bindSocket(fd, address, address.length))
    return wrap(fd)
  } catch (error) {
    close(fd)
    throw error
  }
}

const wrap = (fd: number): PacketSocket => {
  const batch = new ReceiveBatch(fd)
  const waiters = new Set<() => void>()
  let watch: Watch | undefined

  const wake = () => {
    for (const resolve of waiters) resolve()
  }
  const unwatch = () => {
    watch?.close()
    watch = undefined
  }

  const woken = async (ms: number) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    waiters.add(resolve)
    const timer = setTimeout(resolve, ms)
    watch ??= watchReadable(fd, wake)
    await promise
    clearTimeout(timer)
    waiters.delete(resolve)
    if (waiters.size === 0) unwatch()
  }

  return {
    send: (frame) => {
      if (send(fd, frame, frame.length, 0) >= 0) return
      const error = lastErrno()
      // The queue of the interface is full; a wire would lose the frame as well.
      if (error === errno.ENOBUFS || error === errno.EAGAIN) return
      throw new SystemError(`send ${frame.length} bytes`, error)
    },
    receive: () => batch.next(),
    drain: () => {
      const frames: Uint8Array[] = []
      for (let frame = batch.next(); frame !== undefined; frame = batch.next()) frames.push(frame)
      return frames
    },
    wait: async (ms) => {
      const deadline = performance.now() + ms
      // An interface that goes down wakes without a frame.
      for (let left = ms; !batch.ready() && left > 0 && !batch.freed; left = deadline - performance.now())
        await woken(left)
      return batch.ready()
    },
    close: () => {
      if (batch.freed) return
      unwatch()
      wake()
      batch.free()
      close(fd)
    },
  }
}

const slots = 32
const frameRoom = 64 << 10 // a veth hands over unsegmented TCP of up to 64 KiB
const controlRoom = 64
const messageSize = 64 // struct mmsghdr on 64-bit Linux
const vectorSize = 16
const statusVlan = 1 << 4 // TP_STATUS_VLAN_VALID
const statusTpid = 1 << 6 // TP_STATUS_VLAN_TPID_VALID

/** Up to 32 frames per system call, in memory that does not move. */
class ReceiveBatch {
  readonly #fd: number
  readonly #memory = new StableMemory(slots * (messageSize + vectorSize + controlRoom + frameRoom))
  readonly #vectors = slots * messageSize
  readonly #controls = slots * (messageSize + vectorSize)
  readonly #frames = slots * (messageSize + vectorSize + controlRoom)
  #count = 0
  #next = 0
  freed = false

  constructor(fd: number) {
    this.#fd = fd
    const { view, address, bytes } = this.#memory
    bytes.fill(0, 0, this.#frames)
    for (let i = 0; i < slots; i++) {
      const message = i * messageSize
      const vector = this.#vectors + i * vectorSize
      view.setBigUint64(message + 16, address + BigInt(vector), true) // msg_iov
      view.setBigUint64(message + 24, 1n, true) // msg_iovlen
      view.setBigUint64(message + 32, address + BigInt(this.#controls + i * controlRoom), true) // msg_control
      view.setBigUint64(vector, address + BigInt(this.#frames + i * frameRoom), true)
      view.setBigUint64(vector + 8, BigInt(frameRoom), true)
    }
  }

  /** Whether a frame waits, here or in the kernel. */
  ready(): boolean {
    return !this.freed && (this.#next < this.#count || this.#fill())
  }

  next(): Uint8Array | undefined {
    return this.ready() ? this.#frame(this.#next++) : undefined
  }

  free(): void {
    this.freed = true
    this.#count = this.#next
    this.#memory.free()
  }

  #fill(): boolean {
    const { view, address } = this.#memory
    for (let i = 0; i < slots; i++) view.setBigUint64(i * messageSize + 40, BigInt(controlRoom), true) // msg_controllen
    this.#next = 0
    this.#count = 0
    const count = recvmmsg(this.#fd, address, slots, MSG_DONTWAIT, null)
    if (count < 0) {
      const error = lastErrno()
      if (error === errno.EAGAIN || error === errno.EINTR || error === errno.ENETDOWN) return false
      throw new SystemError('receive', error)
    }
    this.#count = count
    return count > 0
  }

  #frame(slot: number): Uint8Array {
    const { view, bytes } = this.#memory
    const length = view.getUint32(slot * messageSize + 56, true) // msg_len
    const at = this.#frames + slot * frameRoom
    const control = this.#controls + slot * controlRoom
    const aux = control + 16 // struct tpacket_auxdata behind struct cmsghdr
    const tagged =
      view.getBigUint64(slot * messageSize + 40, true) >= 36n &&
      view.getInt32(control + 8, true) === SOL_PACKET &&
      view.getInt32(control + 12, true) === PACKET_AUXDATA &&
      (view.getUint32(aux, true) & statusVlan) !== 0
    if (!tagged || length < 12) return bytes.slice(at, at + length)
    const frame = new Uint8Array(length + 4)
    frame.set(bytes.subarray(at, at + 12))
    const tpid = (view.getUint32(aux, true) & statusTpid) === 0 ? 0x8100 : view.getUint16(aux + 18, true)
    new DataView(frame.buffer).setUint32(12, tpid * 0x10000 + view.getUint16(aux + 16, true))
    frame.set(bytes.subarray(at + 12, at + length), 16)
    return frame
  }
}
