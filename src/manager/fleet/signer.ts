/** The key that signs what edges obey. Every edge learns its public half at enrolment and takes nothing signed by another. */
import { createPrivateKey, createPublicKey, createHash, generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { canonical, type Json } from '#core/canonical.ts'
import { Fault } from '#core/errors.ts'
import { writeWhole } from '#core/whole-file.ts'
import { type Signed, signedText } from '#schema/link-objects.ts'

const plain: z.ZodType<Json> = z.json()

export interface ObjectSigner {
  /** SHA-256 of the SPKI, hex. */
  readonly fingerprint: string
  /** SPKI in PEM. */
  readonly pem: string
  sign(body: object): Signed
}

/** The signer of a state directory, made when there is none. Several managers of one database share the file. */
export const objectSigner = (state: string): ObjectSigner => {
  const path = join(state, 'objects.key')
  if (!existsSync(path))
    writeWhole(path, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  let key
  try {
    key = createPrivateKey(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Fault('store-corrupt', `${path} is not an Ed25519 key; it was left as it is.`, {
      cause: error,
      advice:
        'Put back the copy that is kept with the keys (docs/deploy.md, "Backup"). Without it every edge has to enrol again, and enforces what it has until then.',
    })
  }
  const open = createPublicKey(key)
  const fingerprint = createHash('sha256')
    .update(open.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  return {
    fingerprint,
    pem: open.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (object) => {
      // Everything signed comes out of a schema: JSON and nothing else.
      const body = canonical(plain.parse(JSON.parse(JSON.stringify(object))))
      return { key: fingerprint, signature: sign(null, Buffer.from(signedText(body)), key).toString('base64'), body }
    },
  }
}
