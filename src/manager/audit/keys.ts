/** The key that signs the audit, and the public keys of earlier installations whose rows were restored. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { writeWhole } from '#core/whole-file.ts'
import { fingerprintOf, stateKey } from '../state-key.ts'
import type { Signer, Verifier } from './chain.ts'

export interface AuditKeys {
  readonly signer: Signer
  /** PEM of the key that signs. */
  readonly pem: string
  /** Every key whose signatures count. */
  readonly verifiers: readonly Verifier[]
  /** PEM of all of them. */
  readonly pems: readonly string[]
}

const earlierFile = 'audit-earlier.pem'
const limit = 64

/**
 * A public key from PEM.
 * @throws Fault `backup-invalid` when it is none for Ed25519
 */
export const verifierOf = (pem: string): Verifier => {
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch (error) {
    throw new Fault('backup-invalid', 'A key of the audit is not readable.', { cause: error })
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Fault('backup-invalid', 'A key of the audit is not Ed25519.')
  return {
    fingerprint: fingerprintOf(key),
    verify: (text, signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64')),
  }
}

const pemsIn = (text: string): string[] =>
  (text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [])
    .map((pem) => `${pem}\n`)
    .slice(0, limit)

/**
 * The keys of a state directory; the signing key is made when there is none.
 * @throws Fault of {@link stateKey}
 */
export const auditKeys = (state: string): AuditKeys => {
  const { pem, ...signer } = stateKey(
    join(state, 'audit.key'),
    'Put back the copy that is kept with the keys (docs/deploy.md, "Backup"). Without it, move the file away: a new key signs from there on, and nothing checks what was signed before.',
  )
  const earlier = join(state, earlierFile)
  const pems = [pem, ...(existsSync(earlier) ? pemsIn(readFileSync(earlier, 'utf8')) : [])]
  return { signer, pem, verifiers: pems.map(verifierOf), pems }
}

/** Lets rows signed by these keys count from now on: they came with a backup that was verified. */
export const trustEarlier = (state: string, pems: readonly string[]): void =>
  writeWhole(join(state, earlierFile), pems.join(''))
