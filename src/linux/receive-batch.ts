/** Frames as a packet socket hands them over, many at a time, with what the kernel says beside each. */
import { errno, lastErrno, recvmmsg, StableMemory, SystemError } from './libc.ts'

const slots = 32
const frameRoom = 64 << 10 // a veth hands over unsegmented TCP of up to 64 KiB
const controlRoom = 96
const messageSize = 64 // struct mmsghdr on 64-bit Linux
const vectorSize = 16
const statusVlan = 1 << 4 // TP_STATUS_VLAN_VALID
const statusTpid = 1 << 6 // TP_STATUS_VLAN_TPID_VALID

const headerSize = 16 // struct cmsghdr on 64-bit Linux
const SOL_SOCKET = 1
const SO_TIMESTAMPNS = 35
const SOL_PACKET = 263
const PACKET_AUXDATA = 8
const MSG_DONTWAIT = 0x40

/** Since 1970. */
export interface FrameTime {
  readonly seconds: number
  readonly nanoseconds: number
}

/** Up to 32 frames per system call, in memory that does not move. */
export class ReceiveBatch {
  readonly #fd: number
  readonly #memory = new StableMemory(slots * (messageSize + vectorSize + controlRoom + frameRoom))
  readonly #vectors = slots * messageSize
  readonly #controls = slots * (messageSize + vectorSize)
  readonly #frames = slots * (messageSize + vectorSize + controlRoom)
  #count = 0
  #next = 0
  freed = false
  /** When the frame that {@link next} gave last came, where the socket is asked for that. */
  time: FrameTime | undefined = undefined

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
    const aux = this.#control(slot)
    if (aux < 0 || (view.getUint32(aux, true) & statusVlan) === 0 || length < 12) return bytes.slice(at, at + length)
    const frame = new Uint8Array(length + 4)
    frame.set(bytes.subarray(at, at + 12))
    const tpid = (view.getUint32(aux, true) & statusTpid) === 0 ? 0x8100 : view.getUint16(aux + 18, true)
    new DataView(frame.buffer).setUint32(12, tpid * 0x10000 + view.getUint16(aux + 16, true))
    frame.set(bytes.subarray(at + 12, at + length), 16)
    return frame
  }

  /** Reads the control messages of a frame. @returns where its struct tpacket_auxdata is; -1 without one */
  #control(slot: number): number {
    const { view } = this.#memory
    let at = this.#controls + slot * controlRoom
    const end = at + Math.min(view.getUint32(slot * messageSize + 40, true), controlRoom) // msg_controllen
    let aux = -1
    this.time = undefined
    while (at + headerSize <= end) {
      const length = view.getUint32(at, true)
      if (length < headerSize || at + length > end) break
      const [level, type, data] = [view.getInt32(at + 8, true), view.getInt32(at + 12, true), at + headerSize]
      if (level === SOL_PACKET && type === PACKET_AUXDATA && length >= headerSize + 20) aux = data
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS && length >= headerSize + 16)
        this.time = {
          seconds: Number(view.getBigInt64(data, true)),
          nanoseconds: Number(view.getBigInt64(data + 8, true)),
        }
      at += (length + 7) & ~7
    }
    return aux
  }
}
