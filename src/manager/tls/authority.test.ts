import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
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
