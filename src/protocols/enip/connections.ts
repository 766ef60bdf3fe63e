/**
 * CIP connections within one encapsulation session. A request carries the connection id towards the target (O->T), its answer
 * the one towards the originator (T->O); only the reply to a Forward Open names both.
 */

/** Connections remembered; the one that was met longest ago is forgotten. */
const capacity = 16

export class Connection {
  /** -1: not known. */
  toTarget = -1
  toOriginator = -1
  /** Sequence count of the latest request. */
  sequence = -1
  /** Backplane slot that the connection leads to; NaN when its opening was not seen. */
  slot = Number.NaN
  /** Class that its data go to: 2, the message router, unless the opening says otherwise. */
  class = 2
}

export class Connections {
  readonly #list: Connection[] = []
  #next = 0

  at(index: number): Connection | undefined {
    return this.#list[index]
  }

  find(toTarget: number): Connection | undefined {
    return this.#list[this.#indexOf(toTarget)]
  }

  /** A request on a connection. @returns the connection's index */
  request(toTarget: number, sequence: number): number {
    let index = this.#indexOf(toTarget)
    if (index < 0) index = this.#place(toTarget)
    const connection = this.#list[index]
    if (connection !== undefined) connection.sequence = sequence
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
      if (connection?.toOriginator === toOriginator) return index
      if (connection?.toOriginator !== -1 || connection.sequence !== sequence) continue
      several = waiting >= 0
      waiting = index
    }
    if (several || waiting < 0) return -1
    const learned = this.#list[waiting]
    if (learned !== undefined) learned.toOriginator = toOriginator
    return waiting
  }

  /** A Forward Open was granted. */
  opened(toTarget: number, toOriginator: number, slot: number, target: number): void {
    for (let index = 0; index < this.#list.length; index++) {
      const other = this.#list[index]
      if (other?.toOriginator === toOriginator) other.toOriginator = -1
    }
    let index = this.#indexOf(toTarget)
    if (index < 0) index = this.#place(toTarget)
    const connection = this.#list[index]
    if (connection === undefined) return
    connection.toOriginator = toOriginator
    connection.slot = slot
    connection.class = target
  }

  #indexOf(toTarget: number): number {
    for (let index = 0; index < this.#list.length; index++) if (this.#list[index]?.toTarget === toTarget) return index
    return -1
  }

  #place(toTarget: number): number {
    const index = this.#list.length < capacity ? this.#list.length : this.#next
    this.#next = (index + 1) % capacity
    const connection = (this.#list[index] ??= new Connection())
    connection.toTarget = toTarget
    connection.toOriginator = -1
    connection.sequence = -1
    connection.slot = Number.NaN
    connection.class = 2
    return index
  }
}
