/** Secrets of other tools, kept encrypted: who reads the database or a backup of it, does not have them. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { keyText } from '../state-key.ts'

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/**
 * The key of a state directory, made when there is none. Several managers of one database share the file.
 * @throws Fault of {@link keyText}; `store-corrupt` when it is none
 */
const keyOf = (state: string): Buffer => {
  const path = join(state, 'exchange.key')
  const text = keyText(path, () => randomBytes(32).toString('hex'))
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length !== 32)
    throw new Fault('store-corrupt', `${path} is not a key; it was left as it is.`, {
      advice:
        'Put back the copy that is kept with the keys (docs/deploy.md, "Backup"). Without it move the file away and add those receivers again that have secrets.',
    })
  return key
}

/** Makes the key where there is none, so that it is there to be shared before the first secret is. */
export const prepareSeal = (state: string): void => void keyOf(state)

/** @param owner what the secret belongs to: it opens for nothing else */
export const seal = (state: string, owner: string, text: string): string => {
  const iv = randomBytes(ivBytes)
  const box = createCipheriv(cipher, keyOf(state), iv)
  box.setAAD(Buffer.from(owner))
  const sealed = Buffer.concat([box.update(text, 'utf8'), box.final()])
  return Buffer.concat([iv, box.getAuthTag(), sealed]).toString('base64')
}

/**
 * @throws Fault `refused` when it was sealed with another key, as after restoring a backup on another machine; of {@link keyOf} when this
 * machine's own cannot be used
 */
export const unseal = (state: string, owner: string, sealed: string): string => {
  const key = keyOf(state)
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const box = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    box.setAAD(Buffer.from(owner))
    box.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
    return Buffer.concat([box.update(bytes.subarray(ivBytes + tagBytes)), box.final()]).toString('utf8')
  } catch (error) {
    throw new Fault('refused', `The secrets of ${owner} cannot be opened with the key of this state directory.`, {
      advice: 'Remove it and add it again with its secrets, or bring exchange.key from where they were written.',
      cause: error,
    })
  }
}
