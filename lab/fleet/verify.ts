/**
 * Signatures of what comes down. Each edge of a real fleet verifies on a processor of its own; this process stands for all of them, so it
 * verifies every distinct object once and says how often it did not need to.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import * as z from 'zod'
import {
  ConfirmObject,
  PolicyObject,
  type Signed,
  signedText,
  SnapshotObject,
  StateObject,
} from '#schema/link-objects.ts'

const Body = z.discriminatedUnion('type', [...StateObject.options, PolicyObject, ConfirmObject, SnapshotObject])
export type Body = z.infer<typeof Body>

/** Objects that are remembered. */
const most = 20_000

export interface Verifier {
  /** The body of the object, or nothing when the signature is not the manager's or the body is none of the link's. */
  bodyOf(object: Signed): Body | undefined
  readonly verified: number
  readonly repeated: number
}

/** @param pem SPKI of the manager's signing key */
export const verifierOf = (pem: string): Verifier => {
  const key = createPublicKey(pem)
  const fingerprint = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  const known = new Map<string, { readonly text: string; readonly body: Body | undefined }>()
  const counts = { verified: 0, repeated: 0 }
  return {
    bodyOf: (object) => {
      const found = known.get(object.signature)
      if (found?.text === object.body && object.key === fingerprint) {
        counts.repeated++
        return found.body
      }
      const { signature, body: text } = object
      const isGood =
        object.key === fingerprint && verify(null, Buffer.from(signedText(text)), key, Buffer.from(signature, 'base64'))
      if (!isGood) return undefined
      counts.verified++
      if (known.size >= most) known.clear()
      const body = Body.safeParse(JSON.parse(text)).data
      known.set(signature, { text, body })
      return body
    },
    get verified() {
      return counts.verified
    },
    get repeated() {
      return counts.repeated
    },
  }
}
