import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { auditKeys } from './audit/keys.ts'
import { prepareSeal, seal, unseal } from './exchange/seal.ts'
import { objectSigner } from './fleet/signer.ts'

const home = mkdtempSync(join(tmpdir(), 'state-key-'))
after(() => rmSync(home, { recursive: true }))

const pemOf = (type: 'ed25519' | 'ec'): string =>
  (type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()

interface Row {
  readonly name: string
  readonly file: string
  readonly open: (state: string) => unknown
}
const keys: readonly Row[] = [
  { name: 'the key of the audit', file: 'audit.key', open: (state) => auditKeys(state).signer.fingerprint },
  { name: 'the key of signed objects', file: 'objects.key', open: (state) => objectSigner(state).fingerprint },
  { name: 'the key of secrets', file: 'exchange.key', open: prepareSeal },
]

const fault = (act: () => unknown): Fault => {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error
  }
  return assert.fail('it was taken')
}

for (const { name, file, open } of keys)
  describe(name, () => {
    const place = (): { state: string; path: string } => {
      const state = mkdtempSync(join(home, 'state-'))
      return { state, path: join(state, file) }
    }

    test('is made once, for its owner only', () => {
      const { state, path } = place()
      const first = open(state)
      const text = readFileSync(path, 'utf8')
      assert.equal(statSync(path).mode & 0o777, 0o600)
      assert.deepEqual(open(state), first)
      assert.equal(readFileSync(path, 'utf8'), text)
    })

    test('that cannot be read is not called another file, and nobody is told to move it away', () => {
      const { state, path } = place()
      mkdirSync(path)
      const { code, message, advice } = fault(() => open(state))
      assert.equal(code, 'store-unreadable')
      assert.match(message, new RegExp(`${file} cannot be read`))
      assert.match(advice, /permissions/)
      assert.doesNotMatch(advice, /[Mm]ove/)
    })

    const wrong = {
      'of other text': 'nothing',
      'of another kind': pemOf('ec'),
      'that was cut': pemOf('ed25519').slice(0, 60),
    }
    for (const [what, text] of Object.entries(wrong))
      test(`${what} is refused, and stays`, () => {
        const { state, path } = place()
        writeFileSync(path, text)
        const { code, message, advice } = fault(() => open(state))
        assert.equal(code, 'store-corrupt')
        assert.match(message, /left as it is/)
        assert.match(advice, /Put back the copy/)
        assert.equal(readFileSync(path, 'utf8'), text)
      })
  })

test('a secret whose key cannot be read is not called one of another key', () => {
  const state = mkdtempSync(join(home, 'state-'))
  const sealed = seal(state, 'receiver', 'secret')
  rmSync(join(state, 'exchange.key'))
  mkdirSync(join(state, 'exchange.key'))
  assert.equal(fault(() => unseal(state, 'receiver', sealed)).code, 'store-unreadable')
})
