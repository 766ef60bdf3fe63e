import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { seal } from '#edge/credentials/seal.ts'
import { startEdge, type Edge } from './trial.ts'

let edge: Edge
before(async () => {
  edge = await startEdge()
})
after(() => edge.close())

describe('bulkhead decoys open', () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  let key = ''
  before(() => {
    key = join(edge.folder, 'responder.pem')
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  })
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()

  it('gives back what was typed, without letting it steer the terminal', async () => {
    const { code, out } = await edge.bulkhead('open', '--key', key, seal(pem, 'hunter2'), seal(pem, 'a\u001bb'))
    assert.deepEqual([code, out], [0, 'hunter2\na·b\n'])
  })
  for (const { name, file, says } of [
    { name: 'a key of another kind', file: 'rsa.pem', says: /rsa\.pem is no X25519 private key\./ },
    { name: 'a file that is no key', file: 'key.txt', says: /key\.txt is no X25519 private key\./ },
    { name: 'nothing to open', file: 'responder.pem', says: /There is nothing to open\./ },
  ])
    it(`refuses ${name}, with nothing to open or something`, async () => {
      const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })
      writeFileSync(join(edge.folder, 'rsa.pem'), ed25519)
      writeFileSync(join(edge.folder, 'key.txt'), 'no key\n')
      const { code, out, err } = await edge.bulkhead('open', '--key', join(edge.folder, file))
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, says)
    })
  it('refuses what was sealed for another key', async () => {
    const foreign = generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const { code, err } = await edge.bulkhead('open', '--key', key, seal(foreign, 'hunter2'))
    assert.equal(code, 7)
    assert.match(err, /does not open/)
  })
})
