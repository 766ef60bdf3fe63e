/** Messages in segments put together: ANSI/ASHRAE 135, clause 5.2 and 5.3. */
import { Peers } from './peers.ts'
import { isReading } from './services.ts'

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
export const staleMs = 120_000

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
  /** Whether the piece that was taken last added to it. */
  #added = false
  /** The end that it was sent to has answered it. */
  answered = false
  /** An answer to something else under its key may be on the way: no answer says that it is over. */
  doubtful = false
  /** Another one to the same station was begun: nothing more is taken for this one. */
  overtaken = false
  readonly peers = new Peers()
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

  begin(key: number, service: number, peers: Peers): void {
    this.#key = key
    this.peers.copy(peers)
    this.answered = false
    this.doubtful = false
    this.overtaken = false
    this.#added = false
    this.#service = service
    this.#next = 0
    this.#complete = false
    this.length = 0
  }

  take(sequence: number, more: boolean, bytes: Uint8Array, from: number, end: number): Piece {
    // The buffer is made for conversations that have segments at all.
    const kept = (this.bytes ??= new Uint8Array(longest))
    const size = Math.max(0, end - from)
    this.#added = false
    if (sequence < this.#next) return this.#again(kept, sequence, more, bytes, from, size)
    if (sequence !== this.#next || this.#complete || this.overtaken) return 'broken'
    if (sequence >= mostSegments || this.length + size > longest) return 'too-long'
    for (let index = 0; index < size; index++) kept[this.length + index] = bytes[from + index] ?? 0
    this.length += size
    this.#next++
    this.#starts[this.#next] = this.length
    this.#complete = !more
    this.#added = true
    return more ? 'part' : 'whole'
  }

  /** Nothing more comes of it. */
  end(): void {
    this.#key = -1
    this.#next = 0
    this.#complete = false
  }

  /** The piece that was taken last went no further. */
  undo(): void {
    if (!this.#added) return
    this.#added = false
    this.#next--
    this.length = this.#starts[this.#next] ?? 0
    this.#complete = false
    if (this.#next === 0) this.end()
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
  readonly #asks: boolean
  #newest: Assembly | undefined

  /** @param asks they are requests: one is over when it is answered, and not when all of it was sent */
  constructor(asks: boolean) {
    this.#asks = asks
  }

  /** Whether more of a message is to come. */
  isUnfinished(key: number): boolean {
    return this.#find(key)?.isUnfinished === true
  }

  /** The end that it was sent to refused a message or its sender gave it up: the next one under its key begins anew. */
  refused(key: number): void {
    const found = this.#find(key)
    if (found?.isUnfinished === true && !found.doubtful) found.end()
    else this.answered(key)
  }

  /** The end that it was sent to answered a message: it got all of it. */
  answered(key: number): void {
    const found = this.#find(key)
    if (found !== undefined && !found.isUnfinished && !found.doubtful) found.answered = true
  }

  /** Something else was asked under the key of a message: what is answered is no longer known. */
  doubt(key: number): void {
    const found = this.#find(key)
    if (found !== undefined && !found.answered) found.doubtful = true
  }

  /** The segment that was taken last went no further: what its receiver has is what there was before. */
  undo(): void {
    this.#newest?.undo()
  }

  /** The message put together last under a key. */
  whole(key: number): Assembly | undefined {
    return this.#find(key)
  }

  /**
   * A segment of the parameters from `from` to `end`.
   * @param key of its message, without the service: a device goes by the invoke identifier alone
   * @param now ms since 1970
   */
  take(
    key: number,
    peers: Peers,
    service: number,
    sequence: number,
    more: boolean,
    now: number,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): Piece {
    let assembly = this.#find(key)
    this.#newest = undefined
    if (sequence === 0 && (assembly === undefined || this.#isOver(assembly, now))) {
      assembly ??= this.#free(now)
      if (assembly === undefined) return 'too-long'
      if (this.#asks) this.#overtake(service, peers)
      assembly.begin(key, service, peers)
    }
    if (assembly === undefined || service !== assembly.service || !peers.equals(assembly.peers)) return 'broken'
    assembly.since = now
    this.#newest = assembly
    return assembly.take(sequence, more, bytes, from, end)
  }

  /** Its sender began a message of another kind: nothing more is taken for any of these. */
  overtake(): void {
    for (const one of this.#all) one.overtaken = true
  }

  /** Some devices put together whatever comes next, of whichever message. Between two that read nothing can come of that. */
  #overtake(service: number, peers: Peers): void {
    for (const other of this.#all)
      if (!(isReading(service) && isReading(other.service)) && other.peers.asksAlike(peers)) other.overtaken = true
  }

  #find(key: number): Assembly | undefined {
    for (const assembly of this.#all) if (assembly.key === key) return assembly
    return undefined
  }

  #isOver(assembly: Assembly, now: number): boolean {
    return (!assembly.isUnfinished && (!this.#asks || assembly.answered)) || now - assembly.since > staleMs
  }

  #free(now: number): Assembly | undefined {
    for (const assembly of this.#all) if (this.#isOver(assembly, now) || assembly.key < 0) return assembly
    if (this.#all.length < several) {
      const made = new Assembly()
      this.#all.push(made)
      return made
    }
    // A device that answers nothing must not stop the messages for others beside it.
    for (const assembly of this.#all) if (!assembly.isUnfinished) return assembly
    return undefined
  }
}
