/** One conversation by its exact ends while a recording is read: counted per packet, summed up later. */
import type { Headers } from '#packet/headers.ts'
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { Pace } from './pace.ts'

/** What its payload is taken for. `new`: nothing with payload has come yet. */
export type Reading = 'new' | 'commands' | 'looking' | 'none'

/** Bytes of one side's beginning, kept while they may say who it is. */
export interface Opening {
  bytes: Uint8Array
  length: number
  packets: number
}

export class Side {
  packets = 0
  bytes = 0
  /** The first twelve bytes of its first frame, destination and source, as three signed numbers. */
  isFramed = false
  frame0 = 0
  frame1 = 0
  frame2 = 0
  readonly pace = new Pace()
  /** Further Ethernet addresses that it was seen with, as texts. */
  macs: Set<string> | undefined = undefined
  opening: Opening | undefined = undefined
  /** Nothing more of its beginning is wanted. */
  isKnown = false
}

export class Connection {
  /** Side 0 sent the first packet that was seen. Words as in Headers; for what is not IP, the Ethernet addresses. */
  readonly src0: number
  readonly src1: number
  readonly src2: number
  readonly src3: number
  readonly dst0: number
  readonly dst1: number
  readonly dst2: number
  readonly dst3: number
  readonly sport: number
  readonly dport: number
  readonly protocol: number
  readonly etherType: number
  readonly vlan: number
  readonly names: readonly [string, string]
  readonly sides: readonly [Side, Side] = [new Side(), new Side()]
  /** ms since 1970. */
  first: number
  last: number
  readonly packet: number
  /** Which side opened it: -1 unknown. */
  opener: 0 | 1 | -1 = -1
  opened = 0
  accepted = 0
  rejected = 0
  /** Packets of which the recording left out the end of what they carry. */
  cut = 0
  reading: Reading = 'new'
  following: Connection | undefined = undefined

  constructor(headers: Headers, names: readonly [string, string], vlan: number, packet: number, now: number) {
    this.src0 = headers.src0
    this.src1 = headers.src1
    this.src2 = headers.src2
    this.src3 = headers.src3
    this.dst0 = headers.dst0
    this.dst1 = headers.dst1
    this.dst2 = headers.dst2
    this.dst3 = headers.dst3
    this.sport = headers.sport
    this.dport = headers.dport
    this.protocol = headers.protocol
    this.etherType = headers.etherType
    this.vlan = vlan
    this.names = names
    this.packet = packet
    this.first = now
    this.last = now
  }
}

/** Texts of both ends of an IP packet. */
export const namesOf = (headers: Headers, bytes: Uint8Array): readonly [string, string] => {
  const format = headers.family === 4 ? formatIp4At : formatIp6At
  return [format(bytes, headers.srcOffset), format(bytes, headers.dstOffset)]
}
