/** Certificates of simulated edges, issued with the key of a manager's authority, as whoever owns its state directory can. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { distinguishedName, extension, keyIdentifier, signedCertificate } from '#protocols/x509.ts'
import { type EdgeIdentity, spiffeId } from '#schema/link-values.ts'

export interface Authority {
  /** PEM */
  readonly certificate: string
  readonly key: KeyObject
  /** Its subject in DER, as certificates that it issues repeat it. */
  readonly name: Uint8Array
  readonly keyId: Uint8Array
}

/** What an edge shows, and the key behind it (PEM). */
export interface Credentials {
  readonly certificate: string
  readonly key: string
  /** SPKI in DER, base64: as the manager records it. */
  readonly publicKey: string
}

const day = 86_400_000
const hour = 3_600_000
/** digitalSignature alone (RFC 5280, 4.2.1.3). */
const digitalSignature = extension('2.5.29.15', der(0x03, Uint8Array.of(7, 0x80)), true)
const clientAuth = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2')))
const endEntity = extension('2.5.29.19', sequence(), true)
const uriName = (uri: string): Uint8Array => extension('2.5.29.17', sequence(der(0x86, Buffer.from(uri, 'latin1'))))

/** Start and end of the content of the value at `at`, for lengths below 65536. */
const content = (bytes: Uint8Array, at: number): { start: number; end: number } => {
  const first = bytes[at + 1] ?? 0
  const size = first < 0x80 ? 0 : first & 0x7f
  const length = size === 0 ? first : [...bytes.subarray(at + 2, at + 2 + size)].reduce((sum, byte) => sum * 256 + byte)
  return { start: at + 2 + size, end: at + 2 + size + length }
}

/** The subject of a certificate as its bytes stand: version, serial, algorithm, issuer and validity come before it (4.1). */
const subjectOf = (certificate: Uint8Array): Uint8Array => {
  let at = content(certificate, content(certificate, 0).start).start
  for (let field = 0; field < 5; field++) at = content(certificate, at).end
  return certificate.subarray(at, content(certificate, at).end)
}

export const authorityFrom = (certificate: string, keyPem: string): Authority => {
  const key = createPrivateKey(keyPem)
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { certificate, key, name: subjectOf(new X509Certificate(certificate).raw), keyId: keyIdentifier(spki) }
}

/** The authority in the state directory of a manager. @throws Fault `file-unreadable` */
export const authorityOf = (folder: string): Authority => {
  try {
    const [certificate = '', key = ''] = ['ca.crt', 'ca.key'].map((name) => readFileSync(join(folder, name), 'utf8'))
    return authorityFrom(certificate, key)
  } catch (error) {
    throw new Fault('file-unreadable', `${folder} holds no authority of a manager (ca.crt and ca.key).`, {
      advice: 'Name the state directory of a manager that has run once.',
      cause: error,
    })
  }
}

/** A new key, and a day's certificate for it. */
export const issueSvid = (authority: Authority, domain: string, edge: EdgeIdentity, now: number): Credentials => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const certificate = signedCertificate(
    {
      serial: Buffer.concat([Uint8Array.of(0x11), randomBytes(15)]),
      issuer: authority.name,
      subject: distinguishedName(edge.edge),
      from: now - hour,
      to: now + day,
      spki,
      extensions: [
        endEntity,
        digitalSignature,
        clientAuth,
        extension('2.5.29.35', sequence(der(0x80, authority.keyId))),
        uriName(spiffeId(domain, edge)),
      ],
    },
    authority.key,
  )
  return {
    certificate,
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: spki.toString('base64'),
  }
}
