/** Watches every frame that enters the edge, before any rule: resets, and segments that had to be sent again. */
import { openPacketSocket } from '#linux/packet-socket.ts'
import { decodeFrame } from '#packet/decode.ts'
import { ipProtocols } from '#packet/numbers.ts'
import type { World } from '../world/world.ts'

const RST = 4
const SYN = 2
const FIN = 1
/** Segments remembered; a retransmission comes within seconds. */
const memory = 20_000

export interface Tap {
  readonly frames: number
  /** Of connections that both ends had not ended yet: afterwards one answers a FIN that was sent again. */
  readonly resets: readonly string[]
  /** Segments that were sent more than once. */
  readonly repeated: number
  /** How often the unluckiest segment was sent; 2 is one retransmission. */
  readonly most: number
  /** Counts anew. */
  restart(): void
  close(): Promise<void>
}

export const openTap = (world: World): Tap => {
  let frames = 0
  let repeated = 0
  let most = 1
  const closing = new AbortController()
  const resets: string[] = []
  const seen = new Map<string, number>()
  const ended = new Set<string>()

  const take = (bytes: Uint8Array): void => {
    frames++
    const frame = decodeFrame(bytes)
    if (frame.proto !== ipProtocols.tcp) return
    const flags = frame.tcpFlags
    const [from, to] = [`${frame.srcIp}:${frame.sport}`, `${frame.dstIp}:${frame.dport}`]
    const name = `${from} > ${to}`
    if ((flags & SYN) !== 0) ended.delete(name)
    if ((flags & FIN) !== 0) ended.add(name)
    if ((flags & RST) !== 0 && !(ended.has(name) && ended.has(`${to} > ${from}`))) resets.push(name)
    const length = frame.end - frame.payloadOffset
    if (length === 0 && (flags & (SYN | FIN)) === 0) return
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(frame.transportOffset + 4)
    const key = `${name} ${sequence} ${length} ${flags & (SYN | FIN)}`
    const times = (seen.get(key) ?? 0) + 1
    if (times === 2) repeated++
    most = Math.max(most, times)
    seen.delete(key)
    seen.set(key, times)
    if (ended.size > memory) ended.clear()
    if (seen.size > memory) for (const [oldest] of seen.entries().take(memory / 2)) seen.delete(oldest)
  }
  const sockets = ['plant', 'cell'].map((device) => openPacketSocket({ namespace: world.edge, device }))
  const following = sockets.map(async (socket) => {
    while (!closing.signal.aborted) if (await socket.wait(100)) for (const bytes of socket.drain()) take(bytes)
  })
  return {
    get frames() {
      return frames
    },
    resets,
    get repeated() {
      return repeated
    },
    get most() {
      return most
    },
    restart: () => {
      repeated = 0
      most = 1
      resets.length = 0
      seen.clear()
    },
    close: async () => {
      closing.abort()
      await Promise.all(following)
      for (const socket of sockets) socket.close()
    },
  }
}
