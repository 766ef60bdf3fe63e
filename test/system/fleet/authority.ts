/** An authority of the test's own, with a certificate for whoever plays the manager. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { alternatives, distinguishedName, extension, signedCertificate } from '#protocols/x509.ts'
import { type Authority, authorityFrom } from '#lab/fleet/svid.ts'

const day = 86_400_000
const serial = (): Uint8Array => Buffer.concat([Uint8Array.of(0x11), randomBytes(15)])
const termOf = (now: number) => ({ from: now - day, to: now + day })
const spkiOf = (of: KeyObject) => createPublicKey(of).export({ format: 'der', type: 'spki' })
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

export interface TestAuthority extends Authority {
  readonly keyPem: string
  readonly server: { readonly cert: string; readonly key: string }
}

/** A certificate for whoever plays the manager, from an authority that is there. */
export const serverOf = (certificate: string, keyPem: string, now = Date.now()): TestAuthority => {
  const authority = authorityFrom(certificate, keyPem)
  const serverKey = newKey()
  const extensions = [
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    ...alternatives(['localhost'], [Uint8Array.of(127, 0, 0, 1)]),
  ]
  const names = { issuer: authority.name, subject: distinguishedName('manager') }
  const content = { serial: serial(), ...names, ...termOf(now), spki: spkiOf(serverKey), extensions }
  const key = serverKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { ...authority, keyPem, server: { cert: signedCertificate(content, authority.key), key } }
}

export const testAuthority = (now = Date.now()): TestAuthority => {
  const key = newKey()
  const name = distinguishedName('test authority')
  const isAuthority = extension('2.5.29.19', sequence(der(0x01, Uint8Array.of(0xff))), true)
  const content = { serial: serial(), issuer: name, subject: name, ...termOf(now), spki: spkiOf(key) }
  const certificate = signedCertificate({ ...content, extensions: [isAuthority] }, key)
  return serverOf(certificate, key.export({ format: 'pem', type: 'pkcs8' }).toString(), now)
}
