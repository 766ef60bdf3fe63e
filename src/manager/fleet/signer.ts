/** The key that signs what edges obey. Every edge learns its public half at enrolment and takes nothing signed by another. */
import { join } from 'node:path'
import * as z from 'zod'
import { canonical, type Json } from '#core/canonical.ts'
import { type Signed, signedText } from '#schema/link-objects.ts'
import { stateKey } from '../state-key.ts'

const plain: z.ZodType<Json> = z.json()

export interface ObjectSigner {
  /** SHA-256 of the SPKI, hex. */
  readonly fingerprint: string
  /** SPKI in PEM. */
  readonly pem: string
  sign(body: object): Signed
}

/**
 * The signer of a state directory, made when there is none. Several managers of one database share the file.
 * @throws Fault of {@link stateKey}
 */
export const objectSigner = (state: string): ObjectSigner => {
  const { fingerprint, pem, sign } = stateKey(
    join(state, 'objects.key'),
    'Put back the copy that is kept with the keys (docs/deploy.md, "Backup"). Without it every edge has to enrol again, and enforces what it has until then.',
  )
  return {
    fingerprint,
    pem,
    sign: (object) => {
      // Everything signed comes out of a schema: JSON and nothing else.
      const body = canonical(plain.parse(JSON.parse(JSON.stringify(object))))
      return { key: fingerprint, signature: sign(signedText(body)), body }
    },
  }
}
