/** Certificates as RFC 5280 lays them out: what decoys show and what the manager issues. */
import { createHash, type KeyObject, sign } from 'node:crypto'
import { der, objectIdentifier as oid, sequence } from './der.ts'

export const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`

/** UTCTime until 2049, GeneralizedTime from then on (4.1.2.5). */
const time = (ms: number): Uint8Array => {
  const text = `${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
  const isLate = new Date(ms).getUTCFullYear() >= 2050
  return isLate ? der(0x18, Buffer.from(text)) : der(0x17, Buffer.from(text.slice(2)))
}

const attribute = (type: string, text: string): Uint8Array =>
  der(0x31, sequence(oid(type), der(0x0c, Buffer.from(text, 'utf8'))))

/** A distinguished name of a common name and, before it, an organization. */
export const distinguishedName = (name: string, organization?: string): Uint8Array =>
  sequence(...(organization === undefined ? [] : [attribute('2.5.4.10', organization)]), attribute('2.5.4.3', name))

export const extension = (type: string, value: Uint8Array, critical = false): Uint8Array =>
  sequence(oid(type), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))

/** subjectAltName (4.2.1.6), or nothing when there is nothing to name. Addresses are 4 or 16 bytes. */
export const alternatives = (names: readonly string[], addresses: readonly Uint8Array[]): readonly Uint8Array[] => {
  const all = [
    ...names.map((name) => der(0x82, Buffer.from(name, 'latin1'))),
    ...addresses.map((address) => der(0x87, address)),
  ]
  return all.length > 0 ? [extension('2.5.29.17', sequence(...all))] : []
}

/** SHA-1 of the whole SubjectPublicKeyInfo: an identifier (4.2.1.2), no protection. */
export const keyIdentifier = (spki: Uint8Array): Uint8Array => createHash('sha1').update(spki).digest()

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const rsaWithSha256 = sequence(oid('1.2.840.113549.1.1.11'), der(0x05))

export interface CertificateContent {
  /** Positive, at most 20 bytes (4.1.2.2). */
  readonly serial: Uint8Array
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** ms since 1970. */
  readonly from: number
  readonly to: number
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array
  readonly extensions: readonly Uint8Array[]
}

/** The certificate in PEM, signed with a key of P-256 or RSA. */
export const signedCertificate = (content: CertificateContent, key: KeyObject): string => {
  const algorithm = key.asymmetricKeyType === 'rsa' ? rsaWithSha256 : ecdsaWithSha256
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, content.serial),
    algorithm,
    content.issuer,
    sequence(time(content.from), time(content.to)),
    content.subject,
    content.spki,
    der(0xa3, sequence(...content.extensions)),
  )
  return pem('CERTIFICATE', sequence(body, algorithm, der(0x03, Buffer.from([0]), sign('sha256', body, key))))
}
