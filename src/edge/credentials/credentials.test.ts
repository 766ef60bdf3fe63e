import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { open, seal } from './seal.ts'
import { tag } from './tag.ts'

const key = Buffer.alloc(32, 7)
const pair = (type: 'x25519' | 'ed25519' = 'x25519') => {
  const { publicKey, privateKey } = type === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519')
  return {
    open: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    secret: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

describe('a tag', () => {
  const rows: readonly (readonly [string, string, string, string, string])[] = [
    ['tells users apart', 'ann', 'x', 'bob', 'x'],
    ['tells passwords apart', 'ann', 'x', 'ann', 'y'],
    ['does not join user and password', 'ann', 'ax', 'anna', 'x'],
    ['knows an empty user from an empty password', '', 'x', 'x', ''],
  ]
  for (const [name, ...[u, p, v, q]] of rows) it(name, () => assert.notEqual(tag(key, u, p), tag(key, v, q)))
  it('is the same for the same pair', () => assert.equal(tag(key, 'ann', 'x'), tag(key, 'ann', 'x')))
  it('differs with the key', () => assert.notEqual(tag(key, 'a', 'x'), tag(Buffer.alloc(32, 8), 'a', 'x')))
})

describe('a sealed box', () => {
  const mine = pair()
  for (const text of ['', 'hunter2', 'pässwörd €', 'x'.repeat(4096)])
    it(`gives back ${JSON.stringify(text.slice(0, 12))}`, () =>
      assert.equal(open(mine.secret, seal(mine.open, text)), text))
  it('is another each time', () => assert.notEqual(seal(mine.open, 'x'), seal(mine.open, 'x')))
  it('does not open with another key', () => assert.equal(open(pair().secret, seal(mine.open, 'x')), undefined))
  it('does not open when a byte was changed, whichever', () => {
    const box = Buffer.from(seal(mine.open, 'secret'), 'base64')
    for (let at = 0; at < box.length; at++) {
      const changed = Buffer.from(box)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      assert.equal(open(mine.secret, changed.toString('base64')), undefined, `byte ${at}`)
    }
  })
  for (const text of ['', 'AA==', 'no base64 at all', Buffer.alloc(80, 1).toString('base64')])
    it(`${JSON.stringify(text)} is none`, () => assert.equal(open(mine.secret, text), undefined))
  it('asks for an X25519 key', () => {
    assert.throws(() => seal(pair('ed25519').open, 'x'), /X25519/)
    assert.throws(() => seal('no key', 'x'), /X25519/)
    assert.throws(() => open('no key', seal(mine.open, 'x')), /private key/)
  })
})
