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
  it('refuses what was sealed for another key', async () => {
    const foreign = generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const { code, err } = await edge.bulkhead('open', '--key', key, seal(foreign, 'hunter2'))
    assert.equal(code, 7)
    assert.match(err, /does not open/)
  })
})
