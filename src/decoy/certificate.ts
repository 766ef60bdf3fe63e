/** Self-signed certificates as devices make them on their first start (RFC 5280), for HTTPS and RDP. */
import { createPrivateKey, createPublicKey, generateKeyPair, hkdfSync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { alternatives, distinguishedName, extension, keyIdentifier, signedCertificate } from '#protocols/x509.ts'

export interface CertificateSubject {
  /** Common name. */
  readonly name: string
  readonly organization?: string
  /** IPv4 addresses and DNS names that it is good for; without any it carries none, as those of old devices. */
  readonly addresses?: readonly string[]
  readonly names?: readonly string[]
  /** ms since 1970. */
  readonly from: number
  readonly to: number
  /** As Windows makes them for RDP: for servers alone, no authority. */
  readonly windows?: boolean
}

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/**
 * A key of P-256 that follows from a secret: the same decoy shows the same one after a restart, and nobody else can make it.
 * @param secret 32 bytes
 */
export const derivedKey = (secret: Uint8Array, label: string): KeyObject => {
  // 40 bytes, and not 0 (FIPS 186-5, A.2.1): within 2^-64 of evenly spread.
  const order = 0xffff_ffff_0000_0000_ffff_ffff_ffff_ffff_bce6_faad_a717_9e84_f3b9_cac2_fc63_2551n
  const wide = BigInt(`0x${Buffer.from(hkdfSync('sha256', secret, '', `tls ${label}`, 40)).toString('hex')}`)
  const scalar = Buffer.from(((wide % (order - 1n)) + 1n).toString(16).padStart(64, '0'), 'hex')
  const algorithm = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'))
  const keyOf = (...more: readonly Uint8Array[]): KeyObject => {
    const inner = sequence(der(0x02, Buffer.from([1])), der(0x04, scalar), ...more)
    const whole = sequence(der(0x02, Buffer.from([0])), algorithm, der(0x04, inner))
    return createPrivateKey({ key: Buffer.from(whole), format: 'der', type: 'pkcs8' })
  }
  // With the public key in it (RFC 5915, 3): GnuTLS takes it no other way.
  const point = createPublicKey(keyOf()).export({ format: 'der', type: 'spki' }).subarray(-65)
  return keyOf(der(0xa1, der(0x03, Buffer.from([0]), point)))
}

const generateKeys = promisify(generateKeyPair)
let lastKey: Promise<unknown> = Promise.resolve()

/**
 * A key as Windows has for RDP: RSA of 2048 bits. Not derived: nothing makes RSA keys follow from a secret. Takes about 100 ms of another
 * thread, one at a time: whoever asks all decoys of a pool leaves the processors to others.
 */
export const rsaKey = (): Promise<KeyObject> => {
  const made = lastKey.then(() => generateKeys('rsa', { modulusLength: 2048 })).then(({ privateKey }) => privateKey)
  lastKey = made.catch(() => undefined)
  return made
}

export const selfSigned = (key: KeyObject, subject: CertificateSubject): Certificate => {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const digest = keyIdentifier(spki)
  const { organization, addresses = [], names = [], windows = false } = subject
  const name = distinguishedName(subject.name, organization)
  const extensions = windows
    ? [
        extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
        extension('2.5.29.15', der(0x03, Buffer.from([4, 0x30]))),
      ]
    : [
        extension('2.5.29.14', der(0x04, digest)),
        extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff]))), true),
        ...alternatives(
          names,
          addresses.map((address) => Buffer.from(address.split('.').map(Number))),
        ),
      ]
  // The serial number is positive, and different for each key (4.1.2.2).
  const serial = Buffer.concat([Buffer.from([0x11]), digest.subarray(0, 15)])
  const content = { serial, issuer: name, subject: name, from: subject.from, to: subject.to, spki, extensions }
  return {
    cert: signedCertificate(content, key),
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}
