/** Lines out of a stream whose writer is not trusted. */

export interface BoundedLines {
  /** Takes a piece, gives the lines that are complete now. */
  take(text: string): string[]
  /** Lines that were too long: none of their characters is kept. */
  readonly dropped: number
}

/** @param limit characters of one line */
export const boundedLines = (limit: number): BoundedLines => {
  let rest = ''
  let skipping = false
  let dropped = 0
  return {
    get dropped() {
      return dropped
    },
    take: (text) => {
      const lines: string[] = []
      let from = 0
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        const whole = rest.length + (end - from) <= limit
        if (!whole && !skipping) dropped++
        if (whole && !skipping) lines.push(rest + text.slice(from, end))
        skipping = false
        rest = ''
        from = end + 1
      }
      if (skipping) return lines
      rest += text.slice(from)
      if (rest.length > limit) {
        rest = ''
        skipping = true
        dropped++
      }
      return lines
    },
  }
}
