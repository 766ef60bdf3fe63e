/** Units of a TCP connection, however what comes was cut, and one answer of those to each. */
import { joined } from '#core/bytes.ts'
import { farewell, type Answer, type Talk } from '#core/personality.ts'

/** What one call may answer: who asks for more without reading an answer is cut off. */
const most = { exchanges: 512, bytes: 262_144, notes: 16 } as const

const nothing = new Uint8Array(0)

/** Several answers, one after the other, as one. */
export const merged = (answers: readonly Answer[]): Answer => {
  const attempts = answers.flatMap((answer) => answer.attempts ?? [])
  const notes = answers.flatMap((answer) => answer.notes ?? [])
  const delay = answers.reduce((longest, answer) => Math.max(longest, answer.delay ?? 0), 0)
  return {
    send: answers.flatMap(({ send }) => send),
    exchanges: answers.reduce((sum, { exchanges }) => sum + exchanges, 0),
    ...(answers.some(({ close }) => close) && { close: true }),
    ...(answers.some(({ tls }) => tls) && { tls: true }),
    ...(attempts.length > 0 && { attempts }),
    ...(notes.length > 0 && { notes: notes.slice(0, most.notes) }),
    ...(delay > 0 && { delay }),
  }
}

export interface Units {
  /** Bytes of the longest unit that is taken. */
  readonly longest: number
  /** Length of the unit that begins here; 0: cannot be told yet; below: this is no unit. */
  readonly frame: (rest: Uint8Array) => number
  /** The bytes of a unit are its own: they may be kept, and are no `Buffer`, whose `slice` copies nothing. */
  readonly answer: (unit: Uint8Array) => Answer
  /** What is said to what is no unit, or is too long, before the connection closes. */
  readonly otherwise?: () => Answer
}

/** Takes what comes unit by unit, until an answer closes the connection or makes it TLS. */
export const inUnits = ({ longest, frame, answer, otherwise = () => farewell }: Units): Talk['take'] => {
  let kept = nothing
  let ended = false
  return (bytes) => {
    if (ended) return farewell
    const all = joined(kept, bytes)
    const answers: Answer[] = []
    let at = 0
    let [exchanges, said] = [0, 0]
    let last: Answer | undefined
    while (at < all.length && last?.close !== true && last?.tls !== true) {
      const rest = all.subarray(at)
      const length = frame(rest)
      if (length < 0 || Math.max(length, length === 0 ? rest.length : 0) > longest)
        last = { ...otherwise(), close: true }
      else if (length === 0 || length > rest.length) break
      else if (exchanges >= most.exchanges || said > most.bytes) last = farewell
      else last = answer(rest.subarray(0, length))
      at += length
      exchanges += last.exchanges
      said += last.send.reduce((sum, part) => sum + part.length, 0)
      answers.push(last)
    }
    ended = last?.close === true
    // What came with the request for TLS is none.
    kept = ended || last?.tls === true ? nothing : all.slice(at)
    return merged(answers)
  }
}
