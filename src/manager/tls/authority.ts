/** The manager's own certificate authority: P-256, kept in the state directory, and the server certificate it issues. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { writeWhole } from '#core/whole-file.ts'
import { parseIp } from '#core/address.ts'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { alternatives, distinguishedName, extension, keyIdentifier, signedCertificate } from '#protocols/x509.ts'
import { storeFault } from '#sqlite/fault.ts'

export interface ServerCertificate {
  readonly cert: string
  readonly key: string
  /** PEM of the authority, for clients to trust. */
  readonly ca?: string
}

const day = 86_400_000
/**
 * The authority has no end that is known of (RFC 5280, 4.1.2.5), and begins before every clock that could be right: edges know it by its
 * hash, so a term would protect nobody, and the day on which it is over would be the day on which no edge of the fleet gets in any more,
 * each of them with a visit.
 */
const authorityTerm = { from: Date.UTC(2000, 0, 1), to: Date.UTC(9999, 11, 31, 23, 59, 59) }
/** Below what browsers accept at most (398 days). */
const serverDays = 365
/** A server certificate with less than this left is replaced. */
const renewDays = 60

const addressBytes = (host: string): Uint8Array[] => {
  const ip = parseIp(host)
  return ip === undefined ? [] : [Buffer.from(ip.value.toString(16).padStart(ip.family === 4 ? 8 : 32, '0'), 'hex')]
}

const spkiOf = (key: KeyObject): Uint8Array => createPublicKey(key).export({ format: 'der', type: 'spki' })
const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString()
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
/** Positive and unpredictable (RFC 5280, 4.1.2.2). */
export const serial = (): Uint8Array => Buffer.concat([Buffer.from([0x11]), randomBytes(15)])
/** Set bits of keyUsage (4.2.1.3), critical. */
const usage = (unused: number, bits: number): Uint8Array =>
  extension('2.5.29.15', der(0x03, Buffer.from([unused, bits])), true)
const keyCertSignAndCrlSign = usage(1, 0x06)
export const digitalSignature = usage(7, 0x80)
const serverAuth = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1')))
export const basicConstraints = (...content: Uint8Array[]): Uint8Array =>
  extension('2.5.29.19', sequence(...content), true)
const isAuthority = der(0x01, Buffer.from([0xff]))
const noneBelow = der(0x02, Buffer.from([0]))

const makeAuthority = (): { cert: string; key: string } => {
  const key = newKey()
  const spki = spkiOf(key)
  const name = distinguishedName(`Bulkhead manager CA ${randomBytes(4).toString('hex')}`, 'Bulkhead')
  const extensions = [
    extension('2.5.29.14', der(0x04, keyIdentifier(spki))),
    basicConstraints(isAuthority, noneBelow),
    keyCertSignAndCrlSign,
  ]
  const content = { serial: serial(), issuer: name, subject: name, ...authorityTerm, spki, extensions }
  return { cert: signedCertificate(content, key), key: pemOf(key) }
}

/** The name that {@link makeAuthority} gave, in DER again. */
export const subjectOf = (certificate: X509Certificate): Uint8Array => {
  const [organization, name] = ['O', 'CN'].map(
    (type) =>
      certificate.subject
        .split('\n')
        .find((row) => row.startsWith(`${type}=`))
        ?.slice(type.length + 1) ?? '',
  )
  return distinguishedName(name ?? '', organization)
}

const issue = (authority: { cert: string; key: string }, hosts: readonly string[], now: number) => {
  const ca = new X509Certificate(authority.cert)
  const caKey = createPrivateKey(authority.key)
  const key = newKey()
  const spki = spkiOf(key)
  const names = hosts.filter((host) => isIP(host) === 0)
  const addresses = hosts.filter((host) => isIP(host) !== 0).flatMap(addressBytes)
  const extensions = [
    extension('2.5.29.14', der(0x04, keyIdentifier(spki))),
    extension('2.5.29.35', sequence(der(0x80, keyIdentifier(spkiOf(caKey))))),
    basicConstraints(),
    digitalSignature,
    serverAuth,
    ...alternatives(names, addresses),
  ]
  const subject = distinguishedName(hosts[0] ?? 'bulkhead-manager')
  const term = { from: now - day, to: now + serverDays * day }
  const content = { serial: serial(), issuer: subjectOf(ca), subject, ...term, spki, extensions }
  return { cert: signedCertificate(content, caKey), key: pemOf(key) }
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw storeFault(error, path)
  }
}

const pairAt = (path: string): { cert: string; key: string } | undefined =>
  existsSync(`${path}.crt`) && existsSync(`${path}.key`)
    ? { cert: textOf(`${path}.crt`), key: textOf(`${path}.key`) }
    : undefined

const keep = (path: string, pair: { cert: string; key: string }): { cert: string; key: string } => {
  writeWhole(`${path}.key`, pair.key)
  writeWhole(`${path}.crt`, pair.cert)
  return pair
}

const serves = ({ cert }: { cert: string }, ca: string, hosts: readonly string[], now: number): boolean => {
  const certificate = new X509Certificate(cert)
  return (
    certificate.verify(new X509Certificate(ca).publicKey) &&
    Date.parse(certificate.validTo) - now > renewDays * day &&
    // It was issued while the clock was ahead: edges, whose clock is right, refuse it.
    Date.parse(certificate.validFrom) <= now &&
    hosts.every((host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined)
  )
}

const notAnother =
  'Bring both files back from a backup of the state directory. With another authority no edge would believe this manager any more.'

/**
 * The authority that a state directory has, or a new one where it never had any. The key is written first, so that a certificate without
 * it was not left by a start that was cut short.
 * @throws Fault `store-unreadable` when a part of it is gone or cannot be read as what it is
 */
const authorityAt = (folder: string): { cert: string; key: string } => {
  const path = join(folder, 'ca')
  const [hasCert, hasKey] = [existsSync(`${path}.crt`), existsSync(`${path}.key`)]
  const hasIssued = existsSync(join(folder, 'server.crt'))
  if (!hasCert && !hasIssued) return keep(path, makeAuthority())
  if (!hasCert || !hasKey)
    throw new Fault(
      'store-unreadable',
      `The authority of this manager is not whole: ${path}.${hasCert ? 'key' : 'crt'} is gone.`,
      { advice: notAnother },
    )
  const pair = { cert: textOf(`${path}.crt`), key: textOf(`${path}.key`) }
  try {
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return pair
  } catch (error) {
    throw new Fault('store-unreadable', `${path}.crt or ${path}.key is damaged.`, { advice: notAnother, cause: error })
  }
  throw new Fault('store-unreadable', `${path}.key is not the key of ${path}.crt.`, { advice: notAnother })
}

export interface Authority {
  /** PEM */
  readonly cert: string
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

/**
 * The authority of a state directory, made when there is none. Several managers of one database share its files.
 * @throws Fault of {@link authorityAt}
 */
export const authorityOf = (folder: string): Authority => {
  const { cert, key } = authorityAt(folder)
  return { cert, certificate: new X509Certificate(cert), key: createPrivateKey(key) }
}

/**
 * The certificate that the manager shows, from its own authority; both are made when they are missing, and the certificate
 * again when it ends soon, has not begun or lacks a host.
 * @param hosts DNS names and addresses
 * @param now ms since 1970
 * @throws Fault of {@link authorityAt}
 */
export const ownCertificate = (folder: string, hosts: readonly string[], now: number): ServerCertificate => {
  const authority = authorityAt(folder)
  const path = join(folder, 'server')
  const found = pairAt(path)
  const pair =
    found !== undefined && serves(found, authority.cert, hosts, now) ? found : keep(path, issue(authority, hosts, now))
  return { ...pair, ca: authority.cert }
}
