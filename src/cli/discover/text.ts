/** What a person is told of each capture. */
import type { Added } from '#discover/sources/add.ts'
import type { Capture } from '#discover/model.ts'

const count = (value: number): string => value.toLocaleString('en')

/** `58 minutes`, in the largest unit of which there are at least two. */
export const durationText = (ms: number): string => {
  for (const [unit, size] of [
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
  ] as const)
    if (ms >= 2 * size) return `${Math.floor(ms / size)} ${unit}`
  return `${Math.ceil(ms / 1000)} s`
}

export const captureText = (path: string, outcome: Added['outcome'], capture: Capture | undefined): string => {
  if (outcome === 'not-a-capture') return `${path}: not a capture, left out`
  if (outcome === 'known' || capture === undefined) return `${path}: known already, nothing to add`
  const { packets, first, last } = capture
  if (packets === 0) return `${path}: no packets`
  return `${path}: ${count(packets)} packet${packets === 1 ? '' : 's'} in ${durationText(last - first)} from ${new Date(first).toISOString()}`
}

/** What was not read of it. */
export const skippedText = (capture: Capture | undefined): readonly string[] =>
  (capture?.skipped ?? []).map(({ why, packets, at, bytes }) =>
    packets !== undefined
      ? `not read to the end: ${count(packets)} ${why}`
      : bytes === undefined
        ? `${why}; what could be read of it was`
        : `not read: ${count(bytes)} bytes from byte ${count(at ?? 0)} on: ${why}`,
  )
