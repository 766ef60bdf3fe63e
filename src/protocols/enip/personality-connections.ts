/** Connections of one session for messages: the connection manager, CIP volume 1, 3-5. */
import { u16le, u32le } from '#core/bytes.ts'
import { mixed, u16, u32, type Bytes } from './personality-bytes.ts'
import { statuses, type Result } from './personality-tags.ts'

/** At once, in one session. */
const capacity = 32
/** Extended status, table 3-5.29. */
const refused = {
  inUse: 0x0100,
  transport: 0x0103,
  notFound: 0x0107,
  size: 0x0109,
  none: 0x0113,
} as const

export interface Open<T> {
  readonly toOriginator: number
  /** Bytes of a message towards the originator. */
  readonly room: number
  readonly target: T
}

export interface Opened<T> {
  find(toTarget: number): Open<T> | undefined
  /** The data of a Forward Open; `large` has parameters of 32 bits. The target was found from its path. */
  open(data: Uint8Array, large: boolean, target: T): Result
  close(data: Uint8Array): Result
}

const refusal = (extended: number): Result => ({ status: statuses.connection, extended })
/** Serial number, vendor and its serial number tell connections apart. */
const triadAt = (data: Uint8Array, at: number): Bytes => [...data.subarray(at, at + 8)]

export const newConnections = <T>(seed: number): Opened<T> => {
  const open = new Map<number, Open<T> & { readonly triad: string }>()
  let made = 0
  const withTriad = (triad: string) => [...open].find(([, one]) => one.triad === triad)
  return {
    find: (toTarget) => open.get(toTarget),
    open: (data, large, target) => {
      const width = large ? 4 : 2
      if (data.length < 32 + 2 * width) return { status: statuses.notEnough }
      const triad = triadAt(data, 10)
      if (withTriad(triad.join()) !== undefined) return refusal(refused.inUse)
      // Only connections for messages; cyclic ones belong to the controller's own configuration.
      const trigger = data[30 + 2 * width] ?? 0
      if ((trigger & 0x0f) !== 3) return refusal(refused.transport)
      const parameters = 30 + width
      const room = large ? u16le(data, parameters) : u16le(data, parameters) & 0x1ff
      if (room < 8 || room > 4002) return refusal(refused.size)
      if (open.size >= capacity) return refusal(refused.none)
      const toTarget = (mixed(seed, ++made) & 0x7fff_ffff) | 0x0001_0000
      const toOriginator = u32le(data, 6)
      open.set(toTarget, { toOriginator, room, target, triad: triad.join() })
      const intervals = [...data.subarray(22, 26), ...data.subarray(26 + width, 30 + width)]
      return { status: statuses.good, data: [...u32(toTarget), ...u32(toOriginator), ...triad, ...intervals, 0, 0] }
    },
    close: (data) => {
      if (data.length < 12) return { status: statuses.notEnough }
      const triad = triadAt(data, 2)
      const found = withTriad(triad.join())
      if (found === undefined)
        return { status: statuses.connection, extended: refused.notFound, data: [...triad, 0, 0] }
      open.delete(found[0])
      return { status: statuses.good, data: [...triad, ...u16(0)] }
    },
  }
}
