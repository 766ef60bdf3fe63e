import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { ownCertificate } from '#manager/tls/authority.ts'
import { certificateIn, keyIn } from './pem.ts'

const folder = mkdtempSync(join(tmpdir(), 'pem-'))
after(() => rmSync(folder, { recursive: true }))
ownCertificate(folder, ['localhost'], Date.now())
const [cert, key, other, none] = ['server.crt', 'server.key', 'ca.key', 'none'].map((name) => join(folder, name))
const text = join(folder, 'text')
writeFileSync(text, 'no PEM\n')

describe('a certificate and its key that a person names', () => {
  test('are read', () => {
    assert.equal(certificateIn('--cert', cert!), readFileSync(cert!, 'utf8'))
    assert.equal(keyIn('--key', key!, cert!), readFileSync(key!, 'utf8'))
  })

  const rows: readonly [name: string, read: () => string, code: string, says: string][] = [
    [
      'no file',
      () => certificateIn('--ca', none!),
      'file-unreadable',
      `${none} cannot be used: no such file or directory.`,
    ],
    ['no certificate', () => certificateIn('--ca', text), 'usage', `--ca: ${text} is no certificate.`],
    ['no key', () => keyIn('--key', text, cert!), 'usage', `--key: ${text} is no private key.`],
    ['the key of another', () => keyIn('--key', other!, cert!), 'usage', `--key: ${other} is not the key of ${cert}.`],
  ]
  for (const [name, read, code, message] of rows)
    test(`are refused, and named: ${name}`, () => assert.throws(read, { code, message }))
})
