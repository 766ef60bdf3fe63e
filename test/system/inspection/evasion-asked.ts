/** How most ways around the inspection begin. */
import { read, readAnswer } from './proving-ground.ts'
import type { RawPeer } from './raw-peer.ts'

/** A read that was answered stands at the beginning. */
export const asked = async (peer: RawPeer) => {
  peer.send(read(1))
  await peer.hears(readAnswer(1))
}

/** The first bytes of a message, and those behind them. */
export const head = (hex: string, count: number): string => hex.slice(0, 2 * count)
export const tail = (hex: string, count: number): string => hex.slice(2 * count)
