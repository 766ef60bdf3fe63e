/** Whether the event loop is late because of what it does itself. */

/** Of the time that it was late, the part that it must have computed: with less, the machine had no time for it. */
const own = 1 / 4

export interface Lateness {
  /** To be called every `every` ms. @returns whether it is late now, and it is its own doing */
  look(): boolean
  /** What was done until now is no sign of anything. */
  forget(): void
}

export interface Clocks {
  /** ms of a clock that never goes back. */
  readonly now: () => number
  /** ms that this thread has computed. */
  readonly computed: () => number
}

export const clocks: Clocks = {
  now: () => performance.now(),
  computed: () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  },
}

/**
 * A machine that is busy with something else, or stands still for a moment, makes the loop late as well. To turn away who connects then
 * helps nobody, and no device resets connections for that.
 * @param every ms between two looks
 * @param lag ms that a look may be late
 */
export const lateness = (every: number, lag: number, { now, computed }: Clocks): Lateness => {
  let at = now()
  let used = computed()
  const forget = (): void => {
    at = now()
    used = computed()
  }
  return {
    look: () => {
      const late = now() - at - every
      const worked = computed() - used
      forget()
      return late > lag && worked > late * own
    },
    forget,
  }
}
