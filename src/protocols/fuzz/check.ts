/** What a codec keeps to whatever the bytes are: every case is read twice, alone and amid other bytes, and must say the same. */
import type { Codec } from '#core/codec.ts'
import type { Transport } from '#core/protocol.ts'
import type { Case, Step } from './case.ts'
import { problem, type Problem } from './problem.ts'
import { Side } from './side.ts'

/** Ends of a unit up to which it is framed byte by byte. */
const byteByByte = 96
/** Units read of what stands in one step. */
const unitsAtMost = 4

const frameProblem = (codec: Codec, transport: Transport, bytes: Uint8Array, length: number): Problem | undefined => {
  if (!Number.isInteger(length) || length < -1 || length > codec.longest)
    return problem('frame gives -1, 0 or a length up to the longest', length)
  // A datagram is there as a whole or not at all.
  if (transport === 'udp') return undefined
  for (let end = 0; end < bytes.length; end += end < byteByByte ? 1 : 97) {
    const early = codec.frame(bytes, 0, end, transport)
    // More bytes may show that it is no unit after all; what is not one does not become one, and a length does not change.
    if (early !== 0 && early !== length && !(early > 0 && length === -1))
      return problem('frame of a prefix never contradicts', `${early} after ${end} bytes, then ${length}`)
  }
  return undefined
}

const thrown = (error: unknown): Problem => {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  const place = /src\/protocols\/((?!fuzz\/)\S+?:\d+)/.exec(stack)?.[1] ?? ''
  return problem(`nothing throws (${name} at ${place})`, message)
}

/** Reads one step on both sides. @returns how much of it was read; 0 when nothing more can be */
const take = (codec: Codec, transport: Transport, step: Step, alone: Side, amid: Side): number | Problem => {
  const length = codec.frame(step.bytes, 0, step.bytes.length, transport)
  const found = frameProblem(codec, transport, step.bytes, length)
  if (found !== undefined) return found
  const framed = length > 0 && length <= step.bytes.length
  const bytes = framed ? step.bytes.subarray(0, length) : step.bytes
  const here = alone.take(bytes, step.fromClient, step.action, framed)
  if (typeof here === 'object') return here
  const there = amid.take(bytes, step.fromClient, step.action, framed)
  if (typeof there === 'object') return there
  if (framed && here !== there)
    return problem('nothing outside the unit is read', `alone: ${here}; amid other bytes: ${there}`)
  return framed ? length : 0
}

export interface Checked {
  /** The first promise that was broken. */
  readonly problem?: Problem
  /** Steps that the longest message took. */
  readonly steps: number
}

/** Runs one case. */
export const check = (codec: Codec, { transport, whole, steps }: Case): Checked => {
  try {
    const alone = new Side(codec, { transport, whole, steps }, 0, 0)
    const amid = new Side(codec, { transport, whole, steps }, 11, 0xa5)
    for (const step of steps) {
      let rest = step
      for (let units = 0; units < unitsAtMost && rest.bytes.length > 0; units++) {
        const taken = take(codec, transport, rest, alone, amid)
        if (typeof taken === 'object') return { problem: taken, steps: alone.steps }
        if (taken === 0) break
        rest = { ...rest, bytes: rest.bytes.subarray(taken) }
      }
    }
    return { steps: alone.steps }
  } catch (error) {
    return { problem: thrown(error), steps: 0 }
  }
}
