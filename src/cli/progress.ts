/** The line that says how far a long reading is, for a person whose standard output goes elsewhere. */
import type { Sink } from './output.ts'

export interface Reach {
  /** Bytes read, and how many there are; 0 when unknown. */
  readonly read: number
  readonly size: number
  readonly packets?: number
}

export interface ProgressLine {
  update(reach: Reach): void
  /** Takes the line away. */
  end(): void
}

/** ms between two lines, and before a time that is left can be told. */
const everyMs = 500
const firstMs = 2000

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

/** `about 40 s left`, in steps that do not flicker. */
const leftText = (seconds: number): string => {
  if (seconds < 10) return 'a few seconds left'
  if (seconds < 100) return `about ${Math.ceil(seconds / 10) * 10} s left`
  return seconds < 5400 ? `about ${Math.ceil(seconds / 60)} min left` : `about ${(seconds / 3600).toFixed(1)} h left`
}

const count = new Intl.NumberFormat('en')

/** @param ms since the reading began */
export const progressText = ({ read, size, packets }: Reach, ms: number): string => {
  const seconds = ms / 1000
  const isKnown = size > 0
  const parts = [`${megabytes(read)}${isKnown ? ` of ${megabytes(size)}` : ''} MB`]
  if (seconds > 0) {
    parts.push(`${megabytes(read / seconds)} MB/s`)
    if (packets !== undefined) parts.push(`${count.format(Math.round(packets / seconds))} packets/s`)
  }
  if (isKnown && ms >= firstMs && read > 0 && read < size) parts.push(leftText(((size - read) * seconds) / read))
  return parts.join(', ')
}

const silent: ProgressLine = { update: () => {}, end: () => {} }

/** Redraws one line on `sink`, twice a second at most. */
export const progressOn = (sink: Sink, now: () => number): ProgressLine => {
  const start = now()
  let last = start
  let width = 0
  const draw = (text: string) => {
    sink.write(`\r${text.padEnd(width)}`)
    width = text.length
  }
  return {
    update: (reach) => {
      const at = now()
      if (at - last < everyMs) return
      last = at
      draw(progressText(reach, at - start))
    },
    end: () => {
      if (width === 0) return
      draw('')
      sink.write('\r')
      width = 0
    },
  }
}

/** On standard error; nothing where nobody watches it, or where standard output is watched instead. */
export const progressLine = (): ProgressLine =>
  !process.stderr.isTTY || process.stdout.isTTY ? silent : progressOn(process.stderr, Date.now)
