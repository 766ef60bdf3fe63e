import { inOptionalNamespace } from './enter-namespace.ts'
import {
  bindSocket,
  close,
  errno,
  errnoText,
  lastErrno,
  must,
  recv,
  send,
  setReceiveBuffer,
  setSendBuffer,
  socket,
  SystemError,
} from './libc.ts'
import {
  encodeMessage,
  errorOf,
  messageFlag,
  messageType,
  netfilterHeader,
  parseMessages,
  type NetlinkMessage,
} from './netlink.ts'
import { watchReadable, type Watch } from './readable.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_FLAGS = 0o2000000 | 0o4000 // SOCK_CLOEXEC | SOCK_NONBLOCK
export const protocol = { route: 0, netfilter: 12 } as const

export interface NetlinkOptions {
  readonly protocol: number
  readonly namespace?: string | undefined
  /** Bytes the kernel may hold for a reader that is late. */
  readonly receiveBuffer?: number
  /** Bytes of one request. */
  readonly sendBuffer?: number
  /** Multicast groups as the legacy bit mask of `sockaddr_nl`. */
  readonly groups?: number
}

/** NFNL_MSG_BATCH_BEGIN and _END. */
const batchMessage = { begin: 16, end: 17 } as const

/** A message without its number. */
interface Draft {
  readonly type: number
  readonly flags: number
  readonly body: readonly Uint8Array[]
}

/** Where everything changes all the time, what came last has to do. */
const mostAsked = 5

/** A dump fills at most 32 KiB, NFLOG at most the 128 KiB it can be configured to. */
const largest = 256 << 10
// An answer is received and parsed before anything else runs, so one buffer serves every question.
const buffer = new Uint8Array(largest)

/** A non-blocking netlink socket. Requests are synchronous: the kernel answers inside `send`. */
export class NetlinkSocket {
  readonly fd: number
  #sequence = 1
  #watch: Watch | undefined
  #closed = false

  constructor(options: NetlinkOptions) {
    this.fd = inOptionalNamespace(options.namespace, () =>
      must('socket(AF_NETLINK)', socket(AF_NETLINK, SOCK_RAW | SOCK_FLAGS, options.protocol)),
    )
    if (options.receiveBuffer !== undefined) setReceiveBuffer(this.fd, options.receiveBuffer)
    if (options.sendBuffer !== undefined) setSendBuffer(this.fd, options.sendBuffer)
    const address = new Uint8Array(12)
    const view = new DataView(address.buffer)
    view.setUint16(0, AF_NETLINK, true)
    view.setUint32(8, options.groups ?? 0, true)
    try {
      must('bind(AF_NETLINK)', bindSocket(this.fd, address, address.length))
    } catch (error) {
      close(this.fd)
      throw error
    }
  }

  /**
   * Sends one request and returns every message of its answer; for a dump all parts, asked for again while what they tell changed meanwhile.
   * @throws {@link SystemError} with the kernel's error number, `ETIMEDOUT` when no answer is queued
   */
  request(type: number, flags: number, ...body: readonly Uint8Array[]): NetlinkMessage[] {
    for (let asked = 1; ; asked++) {
      const { answer, interrupted } = this.#ask(type, flags, body)
      if (!interrupted || asked === mostAsked) return answer
    }
  }

  /**
   * The answer to a dump, as it is read: what is asked for in between gets its turn. Changes meanwhile may be missing, or told twice. The
   * socket must have no other use until it is done.
   * @throws {@link SystemError} as {@link request}
   */
  *parts(type: number, ...body: readonly Uint8Array[]): Generator<readonly NetlinkMessage[], void> {
    const sequence = this.#sequence++
    const message = encodeMessage({ type, flags: messageFlag.dump | messageFlag.request, sequence }, ...body)
    must('send(AF_NETLINK)', send(this.fd, message, message.length, 0))
    for (;;) {
      const length = this.#receive()
      if (length < 0) throw new SystemError('netlink request', -length === errno.EAGAIN ? errno.ETIMEDOUT : -length)
      const all = parseMessages(buffer.slice(0, length)).filter((part) => part.sequence === sequence)
      const end = all.findIndex((part) => part.type === messageType.error || part.type === messageType.done)
      const last = all[end]
      const error = last === undefined ? 0 : errorOf(last)
      if (error !== 0) throw new SystemError('netlink request', error)
      yield end < 0 ? all : all.slice(0, end)
      if (last !== undefined) return
    }
  }

  #ask(type: number, flags: number, body: readonly Uint8Array[]): { answer: NetlinkMessage[]; interrupted: boolean } {
    const sequence = this.#sequence++
    const dump = (flags & messageFlag.dump) === messageFlag.dump
    const message = encodeMessage(
      { type, flags: flags | messageFlag.request | (dump ? 0 : messageFlag.ack), sequence },
      ...body,
    )
    must('send(AF_NETLINK)', send(this.fd, message, message.length, 0))
    const answer: NetlinkMessage[] = []
    let interrupted = false
    for (;;) {
      const length = this.#receive()
      if (length < 0) throw new SystemError('netlink request', -length === errno.EAGAIN ? errno.ETIMEDOUT : -length)
      // A copy, because the answer outlives the shared buffer.
      for (const part of parseMessages(buffer.slice(0, length))) {
        if (part.sequence !== sequence) continue
        if (dump && (part.flags & messageFlag.interrupted) !== 0) interrupted = true
        if (part.type === messageType.error || part.type === messageType.done) {
          const error = errorOf(part)
          if (error !== 0) throw new SystemError('netlink request', error)
          return { answer, interrupted }
        }
        answer.push(part)
      }
    }
  }

  /**
   * Changes something of a netfilter subsystem by several messages: all of it or nothing (linux/netfilter/nfnetlink.h, `NFNL_MSG_BATCH_*`).
   * @throws {@link SystemError} with the number of the first error, `ETIMEDOUT` when the kernel says nothing
   */
  batch(subsystem: number, messages: readonly Draft[]): void {
    const edge = (type: number): Uint8Array =>
      encodeMessage({ type, flags: messageFlag.request, sequence: this.#sequence++ }, netfilterHeader(0, subsystem))
    const begin = edge(batchMessage.begin)
    const encoded = messages.map(({ type, flags, body }, index) =>
      encodeMessage(
        {
          type,
          flags: flags | messageFlag.request | (index === messages.length - 1 ? messageFlag.ack : 0),
          sequence: this.#sequence++,
        },
        ...body,
      ),
    )
    const all = Buffer.concat([begin, ...encoded, edge(batchMessage.end)])
    must('send(AF_NETLINK)', send(this.fd, all, all.length, 0))
    // What is wrong with later messages is said, too: all of it is read, so that the next change does not.
    let [answered, wrong] = [false, 0]
    for (;;) {
      const length = this.#receive()
      if (length === -errno.EAGAIN) break
      if (length < 0 && length !== -errno.ENOBUFS) throw new SystemError('netlink batch', -length)
      // More was wrong than this socket holds.
      if (length < 0 && wrong === 0) [answered, wrong] = [true, errno.ENOBUFS]
      for (const part of parseMessages(buffer.subarray(0, Math.max(0, length)))) {
        answered = true
        if (part.type === messageType.error && wrong === 0) wrong = errorOf(part)
      }
    }
    if (!answered || wrong !== 0) throw new SystemError('netlink batch', answered ? wrong : errno.ETIMEDOUT)
  }

  /**
   * Delivers every datagram that arrives from now on as its parsed messages. They share one buffer: copy what is kept.
   * `onOverflow` is called when the kernel had to throw messages away (ENOBUFS).
   * `turn` bounds how many datagrams one turn of the event loop handles.
   */
  listen(onMessage: (message: NetlinkMessage) => void, onOverflow: () => void, turn = 64): void {
    // Of its own: who is given a message may ask the kernel something before the next one of the same datagram.
    const mine = new Uint8Array(largest)
    this.#watch ??= watchReadable(this.fd, () => {
      for (let i = 0; i < turn && !this.#closed; i++) {
        const length = this.#receive(mine)
        if (length === -errno.ENOBUFS) onOverflow()
        else if (length === -errno.EAGAIN) return
        else if (length < 0) throw new Error(`netlink receive: ${errnoText(-length)}`)
        else for (const message of parseMessages(mine.subarray(0, length))) if (!this.#closed) onMessage(message)
      }
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#watch?.close()
    close(this.fd)
  }

  #receive(into = buffer): number {
    for (;;) {
      const length = recv(this.fd, into, into.length, 0)
      if (length >= 0) return length
      const error = lastErrno()
      if (error !== errno.EINTR) return -error
    }
  }
}
