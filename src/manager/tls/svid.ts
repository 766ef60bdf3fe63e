/** X.509 SVIDs: who an edge is, for a day (SPIFFE X509-SVID 3 to 5). */
import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { Fault } from '#core/errors.ts'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { distinguishedName, extension, keyIdentifier, signedCertificate } from '#protocols/x509.ts'
import { type EdgeIdentity, spiffeId } from '#schema/link-values.ts'
import { type Authority, basicConstraints, digitalSignature, serial, subjectOf } from './authority.ts'

const hour = 3_600_000
export const svidMs = 24 * hour
/** Edges whose clock is behind by less take a new certificate at once. */
const backdatedMs = hour

const clientAuthOid = '1.3.6.1.5.5.7.3.2'
const clientAuth = extension('2.5.29.37', sequence(oid(clientAuthOid)))
/** The one name: uniformResourceIdentifier (RFC 5280, 4.2.1.6). */
const uriName = (uri: string): Uint8Array => extension('2.5.29.17', sequence(der(0x86, Buffer.from(uri, 'latin1'))))

export interface Svid {
  /** PEM */
  readonly certificate: string
  /** ms since 1970 */
  readonly until: number
}

/** @param spki of the edge's key, as {@link deviceKey} takes it */
export const issueSvid = (
  authority: Authority,
  domain: string,
  edge: EdgeIdentity,
  spki: Uint8Array,
  now: number,
): Svid => {
  // Certificates count whole seconds.
  const until = Math.floor((now + svidMs) / 1000) * 1000
  const issuerSpki = authority.certificate.publicKey.export({ format: 'der', type: 'spki' })
  const content = {
    serial: serial(),
    issuer: subjectOf(authority.certificate),
    subject: distinguishedName(edge.edge),
    from: now - backdatedMs,
    to: until,
    spki,
    extensions: [
      extension('2.5.29.35', sequence(der(0x80, keyIdentifier(issuerSpki)))),
      basicConstraints(),
      digitalSignature,
      clientAuth,
      uriName(spiffeId(domain, edge)),
    ],
  }
  return { certificate: signedCertificate(content, authority.key), until }
}

/**
 * The key of a device as it is recorded: P-256, SubjectPublicKeyInfo in DER.
 * @throws Fault `refused` when the bytes are anything else, or say the same in another way
 */
export const deviceKey = (base64: string): { readonly key: KeyObject; readonly spki: Buffer } => {
  const refuse = (cause?: unknown): Fault =>
    new Fault('refused', 'The key of the edge is no P-256 key in DER.', {
      advice: 'Enrol with `bulkhead edge enrol`.',
      cause,
    })
  const given = Buffer.from(base64, 'base64')
  let key: KeyObject
  try {
    key = createPublicKey({ key: given, format: 'der', type: 'spki' })
  } catch (error) {
    throw refuse(error)
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw refuse()
  const spki = key.export({ format: 'der', type: 'spki' })
  if (!spki.equals(given)) throw refuse()
  return { key, spki }
}

export interface Peer extends EdgeIdentity {
  /** SPKI in DER, base64. */
  readonly publicKey: string
  readonly until: number
}

const name = '[a-z0-9][a-z0-9-]{0,62}'
const identityForm = new RegExp(`^/site/(${name})/edge/(${name})$`)
const prefix = 'URI:spiffe://'

/** The whole text must be one URI: a second name, of any type, would follow after a comma, which no name of ours holds. */
const identityIn = (names: string | undefined, domain: string): EdgeIdentity | string => {
  if (names === undefined || !names.startsWith(prefix)) return 'it has no SPIFFE ID as its first name'
  const id = names.slice(prefix.length)
  if (id.includes(',')) return 'it has more than one name'
  const at = id.indexOf('/')
  if (id.slice(0, at) !== domain) return 'it is of another trust domain'
  const [, site, edge] = identityForm.exec(id.slice(at)) ?? []
  return site === undefined || edge === undefined ? 'its SPIFFE ID is none of an edge' : { site, edge }
}

/**
 * Who shows a certificate, once TLS has proven that they hold its key.
 * @returns why it is of no use, in words that follow "because"
 */
export const readPeer = (
  certificate: X509Certificate,
  authority: X509Certificate,
  domain: string,
  now: number,
): Peer | string => {
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey))
    return 'it is not signed by the authority of this manager'
  if (certificate.ca || !certificate.keyUsage?.includes(clientAuthOid)) return 'it is for no client'
  const until = Date.parse(certificate.validTo)
  if (now >= until) return 'it has ended'
  if (now < Date.parse(certificate.validFrom)) return 'it has not begun'
  const identity = identityIn(certificate.subjectAltName, domain)
  if (typeof identity === 'string') return identity
  const publicKey = certificate.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  return { ...identity, publicKey, until }
}
