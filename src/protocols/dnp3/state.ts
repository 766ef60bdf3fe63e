/** What a conversation has shown of each outstation that is spoken with: one connection may carry several link addresses. */
import { control } from './link.ts'
import { Assembly } from './transport.ts'

/** Pairs of addresses kept; the one seen first is forgotten for a further one. */
const stationLimit = 16
const fileLimit = 4

/** One master with one outstation. */
export class Station {
  master: number
  outstation: number
  readonly fromOutstation = new Assembly()
  /** Transport sequence number that the outstation used last. */
  transportSequence = 0
  /** Frame count bit that the outstation expects of the master's next confirmed frame; -1: unknown. */
  #expected = -1
  /** SEQ of the next fragment of a response that is not over, and the transaction of its request; -1: none. */
  nextFragment = -1
  continued = -1
  /** SEQ and name of the file that is being opened; -1: none, undefined: one of several. */
  opening = -1
  openingName: string | undefined
  /** Open files, by handle. */
  readonly #handles = new Float64Array(fileLimit).fill(-1)
  readonly #names: string[] = Array.from({ length: fileLimit }, () => '')
  #nextFile = 0

  constructor(master: number, outstation: number) {
    this.master = master
    this.outstation = outstation
  }

  /** The link was reset: the next confirmed frame has the bit (9.2.4.1.3.4). */
  resetLink(): void {
    this.#expected = control.count
  }

  /**
   * The master sent a confirmed frame.
   * @param trusted it is taken to be right where it is not known what is: in the midst of a conversation
   * @returns whether the outstation is sure to take it: one with another bit is a repetition to it, and before the link was reset it
   * takes none
   */
  counts(octet: number, trusted: boolean): boolean {
    const bit = octet & control.count
    if ((octet & control.counts) === 0 || (this.#expected < 0 ? !trusted : bit !== this.#expected)) return false
    this.#expected = bit ^ control.count
    return true
  }

  /** The opening of a file was asked for. Of two with one SEQ nobody knows whose answer comes first. */
  opens(sequence: number, name: string): void {
    this.openingName = this.opening === sequence && this.openingName !== name ? undefined : name
    this.opening = sequence
  }

  opened(handle: number, name: string): void {
    this.closed(handle)
    this.#handles[this.#nextFile] = handle
    this.#names[this.#nextFile] = name
    this.#nextFile = (this.#nextFile + 1) % fileLimit
  }

  closed(handle: number): void {
    const index = this.#handles.indexOf(handle)
    if (index >= 0) this.#handles[index] = -1
  }

  /** @returns undefined when its opening was not seen */
  nameOf(handle: number): string | undefined {
    const index = this.#handles.indexOf(handle)
    return index < 0 ? undefined : this.#names[index]
  }
}

export class State {
  /**
   * What the master's segments amount to: one fragment at a time for all addresses. An outstation that a broadcast reaches too, or
   * that looks at no source address, would else put segments together that were judged apart.
   */
  readonly fromMaster = new Assembly()
  readonly #stations: Station[] = []
  #next = 0

  station(master: number, outstation: number): Station {
    for (let index = 0; index < this.#stations.length; index++) {
      const known = this.#stations[index]
      if (known?.master === master && known.outstation === outstation) return known
    }
    const station = new Station(master, outstation)
    this.#stations[this.#next] = station
    this.#next = (this.#next + 1) % stationLimit
    return station
  }
}
