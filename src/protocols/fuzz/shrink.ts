/** Makes a case that breaks a promise as small as it gets while it breaks the same one. */
import type { Codec } from '#core/codec.ts'
import type { Case, Step } from './case.ts'
import { check } from './check.ts'

/** Trials at most. */
const trials = 3000

const without = <T>(list: readonly T[], at: number): readonly T[] => [...list.slice(0, at), ...list.slice(at + 1)]

const cut = (bytes: Uint8Array, at: number, length: number): Uint8Array => {
  const rest = new Uint8Array(bytes.length - length)
  rest.set(bytes.subarray(0, at))
  rest.set(bytes.subarray(at + length), at)
  return rest
}

/** Smaller forms of one step, the smallest first. */
const smallerSteps = function* (step: Step): Generator<Step> {
  const { bytes } = step
  if (step.action !== 'pass') yield { ...step, action: 'pass' }
  for (let size = bytes.length >> 1; size > 0; size >>= 1)
    for (let at = bytes.length - size; at >= 0; at -= size) yield { ...step, bytes: cut(bytes, at, size) }
  for (let at = 0; at < Math.min(bytes.length, 400); at++) {
    if (bytes[at] === 0) continue
    const copy = bytes.slice()
    copy[at] = 0
    yield { ...step, bytes: copy }
  }
}

const smaller = function* (one: Case): Generator<Case> {
  for (let at = 0; at < one.steps.length; at++) yield { ...one, steps: without(one.steps, at) }
  if (!one.whole) yield { ...one, whole: true }
  for (let at = 0; at < one.steps.length; at++) {
    const step = one.steps[at]
    if (step === undefined) continue
    for (const next of smallerSteps(step))
      yield { ...one, steps: one.steps.map((other, index) => (index === at ? next : other)) }
  }
}

export const shrink = (codec: Codec, one: Case, promise: string): Case => {
  let best = one
  let left = trials
  for (let found = true; found && left > 0;) {
    found = false
    for (const next of smaller(best)) {
      if (left-- <= 0) break
      if (check(codec, next).problem?.promise !== promise) continue
      best = next
      found = true
      break
    }
  }
  return best
}
