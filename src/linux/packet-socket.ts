import { interfaceIndex } from './interface-names.ts'
import {
  bindSocket,
  close,
  errno,
  lastErrno,
  must,
  getsockopt,
  send,
  setIntOption,
  setReceiveBuffer,
  setsockopt,
  socket,
  SystemError,
} from './libc.ts'
import { inOptionalNamespace } from './enter-namespace.ts'
import { missingInterface } from './missing-interface.ts'
import { ReceiveBatch, type FrameTime } from './receive-batch.ts'
import { watchReadable, type Watch } from './readable.ts'

export interface PacketSocketOptions {
  readonly device: string
  readonly namespace?: string
  /** Take frames for other stations too; a mirror port needs it. */
  readonly promiscuous?: boolean
  /** The kernel says when each frame came: {@link PacketSocket.time}. */
  readonly timestamps?: boolean
}

/** A raw Ethernet socket. Frames are complete from the Ethernet header, without FCS. */
export interface PacketSocket {
  /** @throws SystemError when the frame is larger than the MTU allows or the interface is down. */
  send(frame: Uint8Array): void
  /** The next frame, or `undefined` when none waits. A VLAN tag is where it was on the wire; own frames do not appear. */
  receive(): Uint8Array | undefined
  /** All frames that wait. */
  drain(): Uint8Array[]
  /** When the frame that {@link receive} gave last came; `undefined` without the option `timestamps`. */
  time(): FrameTime | undefined
  /** Frames that the kernel lost, for want of room, since this was last asked. */
  lost(): number
  /** Whether the interface is still there. */
  present(): boolean
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
const PACKET_STATISTICS = 6
const PACKET_AUXDATA = 8
const PACKET_IGNORE_OUTGOING = 23
const PACKET_MR_PROMISC = 1
const SOL_SOCKET = 1
const SO_TIMESTAMPNS = 35

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
    if (options.timestamps === true) must('setsockopt(SO_TIMESTAMPNS)', setIntOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1))
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
    return wrap(fd, options.device, index)
  } catch (error) {
    close(fd)
    throw error
  }
}

const wrap = (fd: number, device: string, index: number): PacketSocket => {
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
    time: () => batch.time,
    lost: () => lostOf(fd),
    // Another one of the same name is another interface: the socket hears nothing of it.
    present: () => interfaceIndex(fd, device) === index,
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

/** Reading the counters of struct tpacket_stats sets them to zero. */
const lostOf = (fd: number): number => {
  const stats = new Uint8Array(8)
  const length = Uint8Array.of(8, 0, 0, 0)
  must('getsockopt(PACKET_STATISTICS)', getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, stats, length))
  return new DataView(stats.buffer).getUint32(4, true)
}
