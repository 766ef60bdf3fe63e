import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ownCertificate } from './authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'authority-'))
after(() => rmSync(folder, { recursive: true }))
const now = Date.UTC(2026, 10, 26)
const first = ownCertificate(folder, ['manager.example', '198.18.0.1', 'fd00::1'], now)

test('the certificate is for its hosts, from an authority that may issue no other', () => {
  const certificate = new X509Certificate(first.cert)
  const ca = new X509Certificate(first.ca!)
  assert.ok(certificate.verify(ca.publicKey) && certificate.checkIssued(ca) && ca.ca && !certificate.ca)
  assert.ok(
    certificate.checkHost('manager.example') && certificate.checkIP('198.18.0.1') && certificate.checkIP('fd00::1'),
  )
})
test('keys are for their owner alone', () => {
  for (const name of ['ca.key', 'server.key']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
})
test('it stays the same as long as it serves', () =>
  assert.deepEqual(ownCertificate(folder, ['manager.example'], now), first))
test('it is issued again, by the same authority, before it ends or for another host', () => {
  for (const again of [
    ownCertificate(folder, ['other.example'], now),
    ownCertificate(folder, ['other.example'], now + 330 * 86_400_000),
  ]) {
    assert.equal(again.ca, first.ca)
    assert.notEqual(again.cert, first.cert)
  }
})
test('it is issued again when it was issued by a clock that was ahead', () => {
  const ahead = ownCertificate(folder, ['manager.example'], now + 3 * 365 * 86_400_000)
  const right = ownCertificate(folder, ['manager.example'], now)
  assert.ok(Date.parse(new X509Certificate(ahead.cert).validFrom) > now)
  assert.ok(Date.parse(new X509Certificate(right.cert).validFrom) <= now)
})
test('the authority has no end, and has begun for every clock', () => {
  const { validFrom, validTo } = new X509Certificate(first.ca!)
  assert.equal(Date.parse(validTo), Date.UTC(9999, 11, 31, 23, 59, 59))
  assert.equal(Date.parse(validFrom), Date.UTC(2000, 0, 1))
})

for (const [what, spoil, text] of [
  ['its key', (copy: string) => rmSync(join(copy, 'ca.key')), /ca\.key is gone/],
  ['its certificate', (copy: string) => rmSync(join(copy, 'ca.crt')), /ca\.crt is gone/],
  [
    'a key that this user may read',
    (copy: string) => {
      rmSync(join(copy, 'ca.key'))
      mkdirSync(join(copy, 'ca.key'))
    },
    /ca\.key cannot be read/,
  ],
  ['what can be read', (copy: string) => writeFileSync(join(copy, 'ca.crt'), 'nothing'), /is damaged/],
  [
    'the key that belongs to it',
    (copy: string) => {
      const other = mkdtempSync(join(folder, 'other-'))
      ownCertificate(other, ['manager.example'], now)
      cpSync(join(other, 'ca.key'), join(copy, 'ca.key'))
    },
    /is not the key of/,
  ],
] as const)
  test(`an authority without ${what} is told, and no other takes its place`, () => {
    const copy = mkdtempSync(join(tmpdir(), 'authority-'))
    try {
      for (const name of ['ca.crt', 'ca.key', 'server.crt', 'server.key']) cpSync(join(folder, name), join(copy, name))
      spoil(copy)
      const files = () =>
        ['ca.crt', 'ca.key'].map((name) => {
          try {
            return readFileSync(join(copy, name), 'utf8')
          } catch {
            return undefined
          }
        })
      const before = files()
      assert.throws(() => ownCertificate(copy, ['manager.example'], now), text)
      assert.deepEqual(files(), before)
    } finally {
      rmSync(copy, { recursive: true })
    }
  })
test('a start that was cut short before there was a certificate leaves nothing that counts', () => {
  const copy = mkdtempSync(join(tmpdir(), 'authority-'))
  cpSync(join(folder, 'ca.key'), join(copy, 'ca.key'))
  const { ca } = ownCertificate(copy, ['manager.example'], now)
  rmSync(copy, { recursive: true })
  assert.notEqual(ca, first.ca)
})
