import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { distinguishedName, extension, signedCertificate } from '#protocols/x509.ts'
import { authorityOf, ownCertificate, subjectOf } from './authority.ts'
import { deviceKey, issueSvid, readPeer, svidMs } from './svid.ts'

const folder = mkdtempSync(join(tmpdir(), 'svid-'))
after(() => rmSync(folder, { recursive: true }))
const now = Date.UTC(2026, 10, 26)
const own = authorityOf(folder)
const otherFolder = mkdtempSync(join(folder, 'other-'))
const other = authorityOf(otherFolder)
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = pair.publicKey.export({ format: 'der', type: 'spki' })
const edge = { site: 'dairy', edge: 'edge-1' }

/** A certificate of the authority with other extensions than it ever gives. */
const odd = (...extensions: Uint8Array[]): string =>
  signedCertificate(
    {
      serial: Uint8Array.of(0x11),
      issuer: subjectOf(own.certificate),
      subject: distinguishedName('odd'),
      from: now - 1000,
      to: now + 1000_000,
      spki,
      extensions,
    },
    own.key,
  )
const clientAuth = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2')))
const uri = (text: string): Uint8Array => der(0x86, Buffer.from(text))
const names = (...all: Uint8Array[]): Uint8Array => extension('2.5.29.17', sequence(...all))
const mine = 'spiffe://bulkhead/site/dairy/edge/edge-1'

const read = (pem: string, at = now): ReturnType<typeof readPeer> =>
  readPeer(new X509Certificate(pem), own.certificate, 'bulkhead', at)

test('a certificate says who the edge is, with which key, and until when', () => {
  const { certificate, until } = issueSvid(own, 'bulkhead', edge, spki, now)
  assert.equal(until, now + svidMs)
  assert.deepEqual(read(certificate), { ...edge, publicKey: spki.toString('base64'), until })
  assert.equal(new X509Certificate(certificate).subjectAltName, `URI:${mine}`)
})

describe('of no use is a certificate', () => {
  const svid = issueSvid(own, 'bulkhead', edge, spki, now).certificate
  const rows: readonly [name: string, pem: string, says: RegExp, at?: number][] = [
    ['that has ended', svid, /ended/, now + svidMs],
    ['that has not begun', svid, /not begun/, now - svidMs],
    ['of another authority', issueSvid(other, 'bulkhead', edge, spki, now).certificate, /not signed/],
    ['of another domain', issueSvid(own, 'elsewhere', edge, spki, now).certificate, /another trust domain/],
    ['of a domain that begins alike', issueSvid(own, 'bulkhead.example', edge, spki, now).certificate, /another trust/],
    ['for servers', ownCertificate(folder, ['localhost'], now).cert, /no client/],
    ['that is an authority', own.cert, /no client/],
    ['without a name', odd(clientAuth), /no SPIFFE ID/],
    [
      'with two names',
      odd(clientAuth, names(uri(mine), uri('spiffe://bulkhead/site/dairy/edge/edge-2'))),
      /more than one/,
    ],
    ['with a DNS name beside', odd(clientAuth, names(uri(mine), der(0x82, Buffer.from('a.example')))), /more than one/],
    ['with a name of two in one', odd(clientAuth, names(uri(`${mine}, URI:spiffe://x`))), /no SPIFFE ID|more than one/],
    ['with a path beyond', odd(clientAuth, names(uri(`${mine}/x`))), /none of an edge/],
    ['with a path that climbs', odd(clientAuth, names(uri('spiffe://bulkhead/site/../edge/a'))), /none of an edge/],
    ['with a query', odd(clientAuth, names(uri(`${mine}?a`))), /none of an edge/],
    ['for nothing in particular', odd(names(uri(mine))), /no client/],
  ]
  for (const [name, pem, says, at] of rows) test(name, () => assert.match(JSON.stringify(read(pem, at)), says))
})

describe('a key of a device', () => {
  const spkiOf = (curve: string): string =>
    generateKeyPairSync('ec', { namedCurve: curve })
      .publicKey.export({ format: 'der', type: 'spki' })
      .toString('base64')
  test('is taken as it is', () => assert.deepEqual(deviceKey(spki.toString('base64')).spki, spki))
  const rows: readonly [name: string, text: string][] = [
    ['of another curve', spkiOf('P-384')],
    [
      'of another kind',
      generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    ],
    ['with something behind', Buffer.concat([spki, Buffer.from('x')]).toString('base64')],
    ['that is none', 'AAAA'],
    ['that is empty', ''],
  ]
  for (const [name, text] of rows)
    test(`${name} is refused`, () => assert.throws(() => deviceKey(text), { code: 'refused' }))
})
