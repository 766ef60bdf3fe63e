/** Two readings of one frame held against each other. */

export interface Comparison {
  /** Texts that both have. */
  readonly agreed: number
  /** Both have the same ones, in another order. */
  readonly reordered: boolean
  /** Texts that only tshark has, and that only we have. */
  readonly missing: readonly string[]
  readonly extra: readonly string[]
}

export const compare = (expected: readonly string[], ours: readonly string[]): Comparison => {
  if (expected.length === ours.length && expected.every((text, index) => text === ours[index]))
    return { agreed: ours.length, reordered: false, missing: [], extra: [] }
  const extra = [...ours]
  const missing = expected.filter((text) => {
    const at = extra.indexOf(text)
    if (at >= 0) extra.splice(at, 1)
    return at < 0
  })
  const agreed = ours.length - extra.length
  return { agreed, reordered: missing.length === 0 && extra.length === 0, missing, extra }
}
