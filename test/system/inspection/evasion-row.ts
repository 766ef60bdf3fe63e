/** One way around the inspection that an attacker would try. */
import type { Ground } from './proving-ground.ts'
import type { RawPeer, RawPeerOptions } from './raw-peer.ts'

export interface Row {
  readonly name: string
  /** How its connection differs from a plain one. */
  readonly peer?: (ground: Ground) => RawPeer
  readonly options?: Partial<RawPeerOptions>
  /** Bytes on the SYN. */
  readonly opening?: string
  readonly attack: (peer: RawPeer) => void | Promise<void>
  /** Permitted reads in it, by transaction: each must be answered on this connection. */
  readonly answered?: readonly number[]
  /** What must come back as well. */
  readonly hears?: readonly string[]
  /** What must not come back. */
  readonly never?: readonly string[]
  /**
   * What comes of it on a plain wire: `executed` proves that the attack is one. Rows that no controller falls for are here so that
   * nothing permitted is lost in them.
   */
  readonly plain: 'executed' | 'harmless'
  /** Its connection may go on after it. */
  readonly survives?: boolean
}
