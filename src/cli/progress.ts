/** Progress for a person: how far, how fast, how long still. Nothing where nobody looks. */

export interface Step {
  /** Of the file or folder that is read. */
  readonly name: string
  readonly packets: number
  /** Bytes read of all that is to be read, and how many those are; 0 when unknown. */
  readonly read: number
  readonly size: number
}

/** ms between two lines. */
const everyMs = 500

const count = (value: number): string => Math.round(value).toLocaleString('en')

const left = (seconds: number): string =>
  seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.ceil(seconds / 60)} min left`

/** @param elapsedMs since the beginning */
export const progressText = ({ name, packets, read, size }: Step, elapsedMs: number): string => {
  const seconds = Math.max(elapsedMs, 1) / 1000
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1)
  const rest = size > read && read > 0 ? left(((size - read) * seconds) / read) : undefined
  return [
    `${name}: ${mb(read)}${size > 0 ? ` of ${mb(size)}` : ''} MB`,
    `${count(packets)} packets`,
    `${count(packets / seconds)}/s`,
    ...(rest === undefined ? [] : [rest]),
  ].join(', ')
}

export interface ProgressLine {
  tell(step: Step): void
  /** Takes the line away. */
  end(): void
}

/** One line on standard error, written over and over; none where that is no terminal, or `quiet`. */
export const progressLine = (quiet = false): ProgressLine => {
  if (quiet || !process.stderr.isTTY) return { tell: () => {}, end: () => {} }
  const began = Date.now()
  let last = began
  let width = 0
  const write = (text: string) => {
    process.stderr.write(`\r${text.padEnd(width)}`)
    width = text.length
  }
  return {
    tell: (step) => {
      const now = Date.now()
      if (now - last < everyMs) return
      last = now
      write(progressText(step, now - began).slice(0, (process.stderr.columns ?? 80) - 1))
    },
    end: () => {
      if (width > 0) process.stderr.write(`\r${' '.repeat(width)}\r`)
    },
  }
}
