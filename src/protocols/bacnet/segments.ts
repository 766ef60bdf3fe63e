/** Messages in segments put together: ANSI/ASHRAE 135, clause 5.2 and 5.3. */

/** Bytes and segments of one message at most; what needs more is not looked at. */
const longest = 32_768
const mostSegments = 64

/**
 * - `part`: more segments follow
 * - `whole`: with this segment the message is whole
 * - `broken`: it does not continue what was seen, or is not what was seen under its number
 * - `too-long`: the message is longer than is looked at, or more of them are being sent than are kept
 */
export type Piece = 'part' | 'whole' | 'broken' | 'too-long'

/**
 * Messages that one end sends in segments at the same time, and ms after which no device waits for the next segment: it waits four times
 * its APDU segment timeout (5.4.5.2), which is 2 to 5 s unless somebody set another.
 */
const several = 8
const staleMs = 120_000

/** One message that one end sends in segments; a device takes the first bytes of each number, and so does this. */
class Assembly {
  bytes: Uint8Array | undefined
  length = 0
  /** ms since 1970 of its newest segment. */
  since = 0
  #key = -1
  #service = 0
  #next = 0
  #complete = false
  /** Where each segment begins; the one after the last says where the last ends. */
  readonly #starts = new Uint32Array(mostSegments + 1)

  get key(): number {
    return this.#key
  }

  get service(): number {
    return this.#service
  }

  get isUnfinished(): boolean {
    return !this.#complete && this.#key >= 0
  }

  begin(key: number, service: number): void {
    this.#key = key
    this.#service = service
    this.#next = 0
    this.#complete = false
    this.length = 0
  }

  take(sequence: number, more: boolean, bytes: Uint8Array, from: number, end: number): Piece {
    // The buffer is made for conversations that have segments at all.
    const kept = (this.bytes ??= new Uint8Array(longest))
    const size = Math.max(0, end - from)
    if (sequence < this.#next) return this.#again(kept, sequence, more, bytes, from, size)
    if (sequence !== this.#next || this.#complete) return 'broken'
    if (sequence >= mostSegments || this.length + size > longest) return 'too-long'
    for (let index = 0; index < size; index++) kept[this.length + index] = bytes[from + index] ?? 0
    this.length += size
    this.#next++
    this.#starts[this.#next] = this.length
    this.#complete = !more
    return more ? 'part' : 'whole'
  }

  /** A segment that was sent again: the same, or a fraud. */
  #again(kept: Uint8Array, sequence: number, more: boolean, bytes: Uint8Array, from: number, size: number): Piece {
    const start = this.#starts[sequence] ?? 0
    if ((this.#starts[sequence + 1] ?? 0) - start !== size) return 'broken'
    for (let index = 0; index < size; index++) if (kept[start + index] !== bytes[from + index]) return 'broken'
    const last = this.#complete && sequence === this.#next - 1
    if (more === last) return 'broken'
    return last ? 'whole' : 'part'
  }
}

/**
 * Messages that one end sends in segments. Each is kept until it is whole, refused, or so old that no device waits for more of it: else a
 * client could have us forget the first segment of a message, and judge another than the device executes.
 */
export class Assemblies {
  readonly #all: Assembly[] = []

  /** Service of the newest message under a key; -1: there is none. */
  service(key: number): number {
    return this.#find(key)?.service ?? -1
  }

  /** Whether more of a message is to come. */
  isUnfinished(key: number): boolean {
    return this.#find(key)?.isUnfinished === true
  }

  /** Nothing more comes of a message: the next one under its key begins anew. */
  abandon(key: number): void {
    const found = this.#find(key)
    if (found?.isUnfinished === true) found.begin(-1, 0)
  }

  /** The message put together last under a key. */
  whole(key: number): Assembly | undefined {
    return this.#find(key)
  }

  /**
   * A segment of the parameters from `from` to `end`.
   * @param key of its message, without the service: a device goes by the invoke identifier alone
   * @param isOpen a whole message under this key was not answered yet
   * @param now ms since 1970
   */
  take(
    key: number,
    service: number,
    sequence: number,
    more: boolean,
    isOpen: boolean,
    now: number,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): Piece {
    let assembly = this.#find(key)
    const isOver = assembly === undefined || this.#isStale(assembly, now) || (!assembly.isUnfinished && !isOpen)
    if (sequence === 0 && isOver) {
      assembly ??= this.#free(now)
      if (assembly === undefined) return 'too-long'
      assembly.begin(key, service)
    }
    if (assembly === undefined || service !== assembly.service) return 'broken'
    assembly.since = now
    return assembly.take(sequence, more, bytes, from, end)
  }

  #find(key: number): Assembly | undefined {
    for (const assembly of this.#all) if (assembly.key === key) return assembly
    return undefined
  }

  #isStale(assembly: Assembly, now: number): boolean {
    return now - assembly.since > staleMs
  }

  #free(now: number): Assembly | undefined {
    for (const assembly of this.#all) if (!assembly.isUnfinished || this.#isStale(assembly, now)) return assembly
    if (this.#all.length === several) return undefined
    const made = new Assembly()
    this.#all.push(made)
    return made
  }
}
