/**
 * CIP connections within one encapsulation session. A request carries the connection id towards the target (O->T), its answer
 * the one towards the originator (T->O); only the reply to a Forward Open names both.
 */

import { slots } from './commands.ts'

/** Connections remembered: as many as a large controller has in one session. For a further one the one longest not used is forgotten. */
const capacity = 256

/** Class of the object that requests on a connection are for, unless its opening says otherwise. */
export const messageRouter = 2

export class Connection {
  /** Ids are read as signed numbers, which no call has to allocate. */
  toTarget = 0
  toOriginator = 0
  /** Whether `toOriginator` is known. */
  paired = false
  /** Sequence count of the latest request. */
  sequence = -1
  /** Backplane slot that the connection leads to; none when its opening was not seen. */
  slot: number = slots.none
  /** Class that its data go to. */
  class = messageRouter
  /** When it was used last, by a count of 32 bits. */
  used = 0
}

const pair = (connection: Connection, toOriginator: number): void => {
  connection.toOriginator = toOriginator
  connection.paired = true
}

export class Connections {
  readonly #list: Connection[] = []
  #uses = 0

  get count(): number {
    return this.#list.length
  }

  at(index: number): Connection | undefined {
    return index < 0 ? undefined : this.#list[index]
  }

  find(toTarget: number): Connection | undefined {
    return this.at(this.#indexOf(toTarget))
  }

  /** A request on a connection. @returns the connection's index */
  request(toTarget: number, sequence: number): number {
    let index = this.#indexOf(toTarget)
    if (index < 0) index = this.#place(toTarget)
    const connection = this.#list[index]
    if (connection === undefined) return index
    connection.sequence = sequence
    this.#use(connection)
    return index
  }

  /**
   * An answer on a connection. Without its opening the id is that of the only connection that waits for this sequence count.
   * @returns the connection's index, -1 when it is not known
   */
  reply(toOriginator: number, sequence: number): number {
    let waiting = -1
    let several = false
    for (let index = 0; index < this.#list.length; index++) {
      const connection = this.#list[index]
      if (connection === undefined) continue
      if (connection.paired && connection.toOriginator === toOriginator) return index
      if (connection.paired || connection.sequence !== sequence) continue
      several = waiting >= 0
      waiting = index
    }
    if (several || waiting < 0) return -1
    const learned = this.#list[waiting]
    if (learned !== undefined) pair(learned, toOriginator)
    return waiting
  }

  /** A Forward Open was granted. */
  opened(toTarget: number, toOriginator: number, slot: number, target: number): void {
    for (let index = 0; index < this.#list.length; index++) {
      const other = this.#list[index]
      if (other?.toOriginator === toOriginator) other.paired = false
    }
    let index = this.#indexOf(toTarget)
    if (index < 0) index = this.#place(toTarget)
    const connection = this.#list[index]
    if (connection === undefined) return
    pair(connection, toOriginator)
    connection.slot = slot
    connection.class = target
    this.#use(connection)
  }

  #use(connection: Connection): void {
    this.#uses = (this.#uses + 1) | 0
    connection.used = this.#uses
  }

  #indexOf(toTarget: number): number {
    for (let index = 0; index < this.#list.length; index++) if (this.#list[index]?.toTarget === toTarget) return index
    return -1
  }

  #place(toTarget: number): number {
    const full = this.#list.length === capacity
    const index = full ? this.#longestUnused() : this.#list.length
    const connection = (this.#list[index] ??= new Connection())
    connection.toTarget = toTarget
    connection.paired = false
    connection.sequence = -1
    // From the first one forgotten on, a connection that is not known may be one whose opening was seen.
    connection.slot = full ? slots.direct : slots.none
    connection.class = messageRouter
    return index
  }
  /** Requests outstanding are fewer than connections remembered: it waits for no answer any more. */
  #longestUnused(): number {
    let found = 0
    let longest = -1
    for (let index = 0; index < this.#list.length; index++) {
      const since = (this.#uses - (this.#list[index]?.used ?? 0)) | 0
      if (since <= longest) continue
      longest = since
      found = index
    }
    return found
  }
}
