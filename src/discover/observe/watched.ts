/** When a recording was really watched: a file that was put together from two days did not watch the year between them. */
import type { Span } from '../model.ts'

/** ms without a packet after which nobody is taken to have watched. */
const silence = 3_600_000
/** Times that are told apart; what comes beyond counts as not watched. */
const most = 1000

export class Watched {
  readonly #spans: { first: number; last: number }[] = []
  #current: { first: number; last: number } | undefined

  /** @param at ms since 1970 */
  see(at: number): void {
    const current = this.#current
    if (current !== undefined && at >= current.first - silence && at <= current.last + silence) {
      if (at < current.first) current.first = at
      else if (at > current.last) current.last = at
      return
    }
    this.#current = this.#spans.find(({ first, last }) => at >= first - silence && at <= last + silence)
    if (this.#current !== undefined) return this.see(at)
    if (this.#spans.length >= most) return
    this.#current = { first: at, last: at }
    this.#spans.push(this.#current)
  }

  /** In order; none where it was watched from its first packet to its last. */
  get spans(): readonly Span[] {
    const found: { first: number; last: number }[] = []
    for (const { first, last } of this.#spans.toSorted((a, b) => a.first - b.first)) {
      const before = found.at(-1)
      if (before !== undefined && first <= before.last + silence) before.last = Math.max(before.last, last)
      else found.push({ first, last })
    }
    return found.length > 1 ? found : []
  }
}
