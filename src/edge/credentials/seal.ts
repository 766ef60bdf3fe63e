/**
 * A sealed box for the incident responder: anybody with the public key closes it, only the private key opens it.
 * X25519 (RFC 7748) with a key pair of its own for each box, HKDF-SHA-256 (RFC 5869), AES-256-GCM.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { Fault } from '#core/errors.ts'

const version = 1
/** DER of a SubjectPublicKeyInfo of X25519 up to the 32 bytes of the key (RFC 8410, 4). */
const prefix = Buffer.from('302a300506032b656e032100', 'hex')
const keyBytes = 32
const tagBytes = 16
/** The key serves one box, so that one nonce is enough. */
const nonce = Buffer.alloc(12)

const raw = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(prefix.length)

const boxKey = (secret: Buffer, sender: Buffer, receiver: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.concat([sender, receiver]), 'bulkhead sealed login 1', 32))

const readPublic = (pem: string): KeyObject => {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'x25519') return key
  } catch {
    // Said below, whatever was wrong with it.
  }
  throw new Fault('usage', 'the responder key is no PEM of an X25519 public key')
}

/** @returns base64. @throws Fault when the key is no X25519 public key */
export const seal = (publicKeyPem: string, text: string): string => {
  const receiver = readPublic(publicKeyPem)
  const own = generateKeyPairSync('x25519')
  const sender = raw(own.publicKey)
  const secret = diffieHellman({ privateKey: own.privateKey, publicKey: receiver })
  const cipher = createCipheriv('aes-256-gcm', boxKey(secret, sender, raw(receiver)), nonce)
  const head = Buffer.concat([Buffer.from([version]), sender])
  cipher.setAAD(head)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([head, cipher.getAuthTag(), body]).toString('base64')
}

/** The text of a box, or undefined when it is no box, was changed, or is for another key. @throws Fault when the key is none */
export const open = (privateKeyPem: string, sealed: string): string | undefined => {
  let key: KeyObject
  try {
    key = createPrivateKey(privateKeyPem)
  } catch {
    throw new Fault('usage', 'the responder key is no PEM of a private key')
  }
  if (key.asymmetricKeyType !== 'x25519') throw new Fault('usage', 'the responder key is no X25519 key')
  const bytes = Buffer.from(sealed, 'base64')
  const at = 1 + keyBytes
  if (bytes.length < at + tagBytes || bytes[0] !== version) return undefined
  const sender = bytes.subarray(1, at)
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([prefix, sender]), format: 'der', type: 'spki' })
    const secret = diffieHellman({ privateKey: key, publicKey })
    const decipher = createDecipheriv('aes-256-gcm', boxKey(secret, sender, raw(createPublicKey(key))), nonce)
    decipher.setAAD(bytes.subarray(0, at))
    decipher.setAuthTag(bytes.subarray(at, at + tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(at + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
