/** What has come and nobody took yet, and who waits for what. */

/** Messages kept for whoever comes to wait for them. */
const kept = 64

interface Waiting<T> {
  readonly matches: (message: T) => boolean
  readonly resolve: (message: T) => void
  readonly reject: (why: Error) => void
}

export class Inbox<T> {
  readonly #arrived: T[] = []
  readonly #waiting: Waiting<T>[] = []
  #why = ''

  put(message: T): void {
    const at = this.#waiting.findIndex(({ matches }) => matches(message))
    const [found] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (found !== undefined) found.resolve(message)
    else if (this.#arrived.push(message) > kept) this.#arrived.shift()
  }

  /** Nothing more comes, for the first reason that is given. */
  end(why: string): void {
    this.#why ||= why
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(this.#why))
  }

  /** The first message that matches and that nobody took yet. @throws Error when it does not come within `ms`, or no more come */
  take(matches: (message: T) => boolean, ms = 2000): Promise<T> {
    const at = this.#arrived.findIndex(matches)
    const [here] = at < 0 ? [] : this.#arrived.splice(at, 1)
    if (here !== undefined) return Promise.resolve(here)
    if (this.#why !== '') return Promise.reject(new Error(this.#why))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const waiting = { matches, resolve, reject }
    this.#waiting.push(waiting)
    const late = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      reject(new Error('no answer'))
    }, ms)
    return promise.finally(() => clearTimeout(late))
  }
}
