/** The decoys that are shipped. */
import { place } from '#policy/decoys/placement.ts'
import { personas } from '#protocols/personas/index.ts'
import { DecoyKeeper } from './keeper.ts'
import { passwordVerifier } from './password-verifier.ts'

export const shippedDecoys = (): DecoyKeeper => new DecoyKeeper({ place, personas, verifier: passwordVerifier })
