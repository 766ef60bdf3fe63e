/** What an enrolled edge keeps, in `link/` of its state directory: the device key, which never leaves it, and what the manager gave. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { makeFolders, syncFolder } from '#core/folders.ts'
import { writeWhole } from '#core/whole-file.ts'
import { Enrolled } from '#schema/link-enrolment.ts'
import { storeFault } from '#sqlite/fault.ts'
import { enrolledPath, folderOf, isEnrolled } from './place.ts'

const keyPath = (state: string): string => join(folderOf(state), 'device.key')

export interface DeviceKey {
  /** PKCS #8 in PEM, for TLS alone. */
  readonly pem: string
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer
  /** Hex SHA-256 of {@link spki}. */
  readonly fingerprint: string
  /** ECDSA over SHA-256 (FIPS 186-5), as DER in base64. */
  sign(text: string): string
}

const keyOf = (key: KeyObject): DeviceKey => {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return {
    pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    spki,
    fingerprint: createHash('sha256').update(spki).digest('hex'),
    sign: (text) => sign('sha256', Buffer.from(text), key).toString('base64'),
  }
}

/**
 * The key of this edge, P-256; made when there is none.
 * @throws Fault `store-corrupt`, `disk-full`, `store-unreadable`
 */
export const deviceKey = (state: string): DeviceKey => {
  const path = keyPath(state)
  try {
    makeFolders(folderOf(state), 0o700)
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      writeWhole(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    }
    const key = createPrivateKey(readFileSync(path, 'utf8'))
    if (key.asymmetricKeyType === 'ec') return keyOf(key)
  } catch (error) {
    if (error instanceof Fault) throw error
    if (error instanceof Error && 'syscall' in error) throw storeFault(error, path)
  }
  throw new Fault('store-corrupt', `${path} is not a P-256 key; it was left as it is.`, {
    advice: 'Move the directory `link` away and enrol this edge again.',
  })
}

/**
 * What the manager gave at enrolment, as it was last renewed; undefined when this edge is not enrolled.
 * @throws Fault `store-corrupt`, `store-unreadable`
 */
export const readEnrolled = (state: string): Enrolled | undefined => {
  if (!isEnrolled(state)) return undefined
  const path = enrolledPath(state)
  try {
    return Enrolled.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw storeFault(error, path)
    throw new Fault('store-corrupt', `${path} is not what enrolment left there; it was left as it is.`, {
      advice: 'Move it away and enrol this edge again.',
    })
  }
}

export const writeEnrolled = (state: string, enrolled: Enrolled): void => {
  const path = enrolledPath(state)
  try {
    writeWhole(path, `${JSON.stringify(enrolled, null, 2)}\n`)
  } catch (error) {
    throw storeFault(error, path)
  }
}

/**
 * Moves an enrolment to the state directory of the edge that it turned out to be for.
 * @throws Fault `refused` when that one has one of its own
 */
export const moveEnrolment = (from: string, to: string): void => {
  if (existsSync(folderOf(to)))
    throw new Fault('refused', `The edge of ${to} is enrolled already.`, {
      advice: `Move ${folderOf(to)} away, then ${folderOf(from)} to its place.`,
    })
  try {
    makeFolders(to, 0o700)
    renameSync(folderOf(from), folderOf(to))
    syncFolder(to)
  } catch (error) {
    throw storeFault(error, to)
  }
}
