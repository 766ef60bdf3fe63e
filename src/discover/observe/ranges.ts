/** Sets of whole numbers as sorted, separate ranges; bounded, for what comes from a wire. */

export type Range = [low: number, high: number]

/** Puts a range among others. Beyond `most` those with the smallest gap between them are joined. */
export const addRange = (ranges: Range[], low: number, high: number, most: number): void => {
  let at = 0
  while (at < ranges.length && (ranges[at]?.[1] ?? 0) < low - 1) at++
  const touched = ranges[at]
  if (touched === undefined || touched[0] > high + 1) ranges.splice(at, 0, [low, high])
  else {
    touched[0] = Math.min(touched[0], low)
    touched[1] = Math.max(touched[1], high)
    let next = ranges[at + 1]
    while (next !== undefined && next[0] <= touched[1] + 1) {
      touched[1] = Math.max(touched[1], next[1])
      ranges.splice(at + 1, 1)
      next = ranges[at + 1]
    }
  }
  if (ranges.length > most) joinNearest(ranges)
}

const joinNearest = (ranges: Range[]): void => {
  let nearest = 1
  let gap = Infinity
  for (let index = 1; index < ranges.length; index++) {
    const distance = (ranges[index]?.[0] ?? 0) - (ranges[index - 1]?.[1] ?? 0)
    if (distance < gap) {
      gap = distance
      nearest = index
    }
  }
  const [left, right] = [ranges[nearest - 1], ranges[nearest]]
  if (left === undefined || right === undefined) return
  left[1] = right[1]
  ranges.splice(nearest, 1)
}

/** Both sets in one. */
export const joinRanges = (a: readonly Range[], b: readonly Range[], most: number): Range[] => {
  const all: Range[] = a.map(([low, high]) => [low, high])
  for (const [low, high] of b) addRange(all, low, high, most)
  return all
}
