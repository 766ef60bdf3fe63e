/** The Ed25519 key that signs checkpoints: made at the first start, kept in the state directory, readable by its owner only. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { writeWhole } from '#core/whole-file.ts'
import { storeFault } from '#sqlite/fault.ts'

export interface PublicKey {
  /** Hex SHA-256 of the key as SubjectPublicKeyInfo (DER). */
  readonly fingerprint: string
  /** SubjectPublicKeyInfo in PEM. */
  readonly pem: string
  verify(text: string, signature: string): boolean
}
export interface SigningKey extends PublicKey {
  readonly path: string
  /** Others could read it when it was loaded; the permissions were corrected. */
  readonly exposed: boolean
  sign(text: string): string
}

const keyFile = (stateFolder: string): string => join(stateFolder, 'audit.key')

const publicPart = (key: KeyObject): PublicKey => {
  const der = key.export({ type: 'spki', format: 'der' })
  return {
    fingerprint: createHash('sha256').update(der).digest('hex'),
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    verify: (text, signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64')),
  }
}

const damaged = (path: string): Fault =>
  new Fault('store-corrupt', `${path} is not an Ed25519 key; it was left as it is.`, {
    advice: 'Restore it from a backup, or move it away: then a new key signs from here on and the change is on record.',
  })

/** A public key from PEM text, or from the base64 of its DER form as `bulkhead audit key` prints it. */
export const parsePublicKey = (text: string): PublicKey | undefined => {
  try {
    const key = text.includes('BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' ? publicPart(key) : undefined
  } catch {
    return undefined
  }
}

const load = (path: string): SigningKey => {
  let pem: string
  let exposed: boolean
  try {
    pem = readFileSync(path, 'utf8')
    exposed = (statSync(path).mode & 0o077) !== 0
    if (exposed) chmodSync(path, 0o600)
  } catch (error) {
    throw storeFault(error, path)
  }
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw damaged(path)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw damaged(path)
  return {
    ...publicPart(createPublicKey(key)),
    path,
    exposed,
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  }
}

// Whole or not at all: a key file cut short by a full disk would be refused at every later start.
const create = (path: string): void => {
  const { privateKey } = generateKeyPairSync('ed25519')
  try {
    writeWhole(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  } catch (error) {
    throw storeFault(error, path)
  }
}

/**
 * The key of a state directory, made if there is none.
 * @throws Fault disk-full, store-corrupt, store-unreadable
 */
export const signingKey = (stateFolder: string): SigningKey => {
  const path = keyFile(stateFolder)
  if (!existsSync(path)) create(path)
  return load(path)
}

/** The key of a state directory, if there is one. */
export const existingKey = (stateFolder: string): SigningKey | undefined =>
  existsSync(keyFile(stateFolder)) ? load(keyFile(stateFolder)) : undefined
