/**
 * How much is begun at a time. After an outage every edge dials at once; a server that takes all of them serves none in time, one that
 * sends most of them away for a moment serves all of them sooner.
 */
export interface Admission {
  /** @returns seconds not to come back for when there is no room; undefined when there was, and it is taken now */
  enter(): number | undefined
  leave(): void
}

const leastWait = 1
const mostWait = 30
/** Who is served leaves within about this long. */
const turnSeconds = 0.25

/** @param room how many may be inside */
export const admission = (room: number): Admission => {
  let inside = 0
  let refused = 0
  return {
    enter: () => {
      if (inside < room) {
        inside++
        refused = Math.max(0, refused - 1)
        return undefined
      }
      // The more were sent away, the longer the next ones stay away; each edge spreads itself over that time.
      refused++
      return Math.min(mostWait, leastWait + Math.ceil((refused / room) * turnSeconds))
    },
    leave: () => void (inside = Math.max(0, inside - 1)),
  }
}
