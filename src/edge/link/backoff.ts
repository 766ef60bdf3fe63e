/** How long to wait before the next dial. Pure: chance comes in. */

const shortest = 500
/** A manager that is back has its edges back within this; ten thousand that dial so often are some hundred a second. */
const longest = 30_000

/**
 * Full jitter: anywhere between nothing and a bound that doubles, so that a thousand edges that lost one manager come back spread out.
 * @param failures dials that failed since a link last held
 * @param chance from 0 up to 1
 * @param wait seconds that the manager asked for
 * @returns ms
 */
export const delay = (failures: number, chance: number, wait = 0): number => {
  const bound = Math.min(longest, shortest * 2 ** Math.min(failures, 10))
  // Those who were all told the same time must not all come at it.
  return wait * 1000 + chance * Math.max(bound, wait * 500)
}
