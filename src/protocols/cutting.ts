/** What came, however it was cut, as whole units: for personalities that frame as their codec does. */
const nothing = new Uint8Array(0)

/**
 * @param frame as of a codec
 * @param longest bytes of the longest unit that is taken
 * @returns takes what came and gives each whole unit to `each` until that says false. False when what follows is no unit: nothing
 * more is taken then
 */
export const cutting = (
  frame: (bytes: Uint8Array, at: number, end: number) => number,
  longest: number,
): ((bytes: Uint8Array, each: (unit: Uint8Array) => boolean) => boolean) => {
  let kept = nothing
  let over = false
  return (bytes, each) => {
    if (over) return false
    // A copy of our own: what came may be a Buffer, whose `slice` is none, and its sender may use it again.
    const rest = new Uint8Array(kept.length + bytes.length)
    rest.set(kept)
    rest.set(bytes, kept.length)
    let at = 0
    while (at < rest.length) {
      const size = frame(rest, at, rest.length)
      if (size < 0 || size > longest || (size > 0 && at + size <= rest.length && !each(rest.subarray(at, at + size)))) {
        over = true
        kept = nothing
        return false
      }
      if (size === 0 || at + size > rest.length) break
      at += size
    }
    kept = rest.slice(at)
    return true
  }
}
