/** A certificate authority for tests, and the key that signs what goes down. */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { canonical, type Json } from '#core/canonical.ts'
import { der, objectIdentifier, sequence } from '#protocols/der.ts'
import { alternatives, distinguishedName, extension, signedCertificate } from '#protocols/x509.ts'
import { type Signed, signedText } from '#schema/link-objects.ts'
import { type EdgeIdentity, spiffeId } from '#schema/link-values.ts'

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })
const extendedUse = (purpose: string) => extension('2.5.29.37', sequence(objectIdentifier(purpose)))
const serial = () => Buffer.concat([Buffer.from([0x11]), randomBytes(15)])
const hour = 3_600_000

/** @param called common name; that of another authority for one who would pass for it */
export const makeAuthority = (called = `test CA ${randomBytes(4).toString('hex')}`) => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = distinguishedName(called, 'Bulkhead')
  const signed = (subject: Uint8Array, key: Buffer, extensions: readonly Uint8Array[], from: number, to: number) =>
    signedCertificate({ serial: serial(), issuer: name, subject, from, to, spki: key, extensions }, pair.privateKey)
  const isAuthority = extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff]))), true)
  const certificate = signed(name, spki(pair.publicKey), [isAuthority], Date.now() - hour, Date.now() + 1000 * hour)
  const serverKey = newKey()
  const server = signed(
    distinguishedName('manager'),
    spki(createPublicKey(serverKey)),
    [extendedUse('1.3.6.1.5.5.7.3.1'), ...alternatives(['localhost'], [Buffer.from([127, 0, 0, 1])])],
    Date.now() - hour,
    Date.now() + 1000 * hour,
  )
  const objects = generateKeyPairSync('ed25519')
  const fingerprint = createHash('sha256').update(spki(objects.publicKey)).digest('hex')
  return {
    called,
    certificate,
    hash: createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex'),
    server: { cert: server + certificate, key: serverKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    /** PEM of the key that signs objects. */
    signer: objects.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    /** A certificate for an edge's key. */
    issue: (identity: EdgeIdentity, domain: string, key: Buffer, from: number, to: number): string =>
      signed(
        distinguishedName('edge'),
        key,
        [
          extendedUse('1.3.6.1.5.5.7.3.2'),
          extension('2.5.29.17', sequence(der(0x86, Buffer.from(spiffeId(domain, identity))))),
        ],
        from,
        to,
      ),
    sign: (object: object): Signed => {
      const document: Json = JSON.parse(JSON.stringify(object))
      const body = canonical(document)
      const signature = sign(null, Buffer.from(signedText(body)), objects.privateKey).toString('base64')
      return { key: fingerprint, signature, body }
    },
  }
}
export type Authority = ReturnType<typeof makeAuthority>
