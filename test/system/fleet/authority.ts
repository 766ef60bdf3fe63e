/** An authority of the test's own, with a certificate for whoever plays the manager. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { alternatives, distinguishedName, extension, signedCertificate } from '#protocols/x509.ts'
import { type Authority, authorityFrom } from '#lab/fleet/svid.ts'

const day = 86_400_000
const serial = (): Uint8Array => Buffer.concat([Uint8Array.of(0x11), randomBytes(15)])
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

export interface TestAuthority extends Authority {
  readonly keyPem: string
  readonly server: { readonly cert: string; readonly key: string }
}

export const testAuthority = (now = Date.now()): TestAuthority => {
  const term = { from: now - day, to: now + day }
  const key = newKey()
  const name = distinguishedName('test authority')
  const isAuthority = extension('2.5.29.19', sequence(der(0x01, Uint8Array.of(0xff))), true)
  const spkiOf = (of: typeof key) => createPublicKey(of).export({ format: 'der', type: 'spki' })
  const own = { serial: serial(), issuer: name, subject: name, ...term, spki: spkiOf(key), extensions: [isAuthority] }
  const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
  const serverKey = newKey()
  const extensions = [
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    ...alternatives(['localhost'], [Uint8Array.of(127, 0, 0, 1)]),
  ]
  const subject = distinguishedName('manager')
  const content = { serial: serial(), issuer: name, subject, ...term, spki: spkiOf(serverKey), extensions }
  return {
    ...authorityFrom(signedCertificate(own, key), keyPem),
    keyPem,
    server: {
      cert: signedCertificate(content, key),
      key: serverKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    },
  }
}
