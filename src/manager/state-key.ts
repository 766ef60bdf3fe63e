/** Keys in the state directory of a manager: made once, readable by their owner only, never replaced. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { Fault } from '#core/errors.ts'
import { writeWhole } from '#core/whole-file.ts'
import { storeFault } from '#sqlite/fault.ts'

/** A key that signs with Ed25519 (RFC 8032). */
export interface StateKey {
  /** SHA-256 of the SPKI, hex. */
  readonly fingerprint: string
  /** SPKI in PEM. */
  readonly pem: string
  /** @returns base64 */
  readonly sign: (text: string) => string
}

/** SHA-256 of the SPKI, hex. */
export const fingerprintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')

/**
 * The text of a key file, written first where there is none. A file that cannot be read is told apart from one that holds no key: only of
 * the latter is anybody advised to move it away.
 * @throws Fault `store-unreadable`, `disk-full`
 */
export const keyText = (path: string, made: () => string): string => {
  try {
    if (!existsSync(path)) writeWhole(path, made())
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw storeFault(error, path)
  }
}

const privateKey = (pem: string): KeyObject => {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`A key of type ${key.asymmetricKeyType}.`)
  return key
}

/**
 * The key of a file, made when there is none.
 * @param advice for who finds that the file is no such key
 * @throws Fault of {@link keyText}; `store-corrupt` when it is no Ed25519 key
 */
export const stateKey = (path: string, advice: string): StateKey => {
  const pem = keyText(path, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  let key: KeyObject
  try {
    key = privateKey(pem)
  } catch (cause) {
    throw new Fault('store-corrupt', `${path} is not an Ed25519 key; it was left as it is.`, { cause, advice })
  }
  const open = createPublicKey(key)
  return {
    fingerprint: fingerprintOf(open),
    pem: open.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  }
}
