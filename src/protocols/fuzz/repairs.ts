/** What puts the checksums of spoilt units right, for the protocols that have some. */
import type { ProtocolName } from '../index.ts'
import type { Repair } from './cases.ts'

export const repairs: { readonly [P in ProtocolName]?: Repair } = {}
