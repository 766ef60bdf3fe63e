/** One number for what belongs together: the two link addresses with SEQ, or with the layer that asks. */
import type { Station } from './state.ts'

const pairOf = ({ master, outstation }: Station): number => master * 0x1_0000 + outstation
/** Above SEQ, which has four bits. */
const authentication = 16
const link = 32

export const transactionOf = (station: Station, sequence: number): number => pairOf(station) * 64 + sequence
export const transactionOfAuthentication = (station: Station, sequence: number): number =>
  pairOf(station) * 64 + authentication + sequence
export const transactionOfLink = (station: Station): number => pairOf(station) * 64 + link
