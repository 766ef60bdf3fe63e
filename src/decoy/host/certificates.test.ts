import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { it } from 'node:test'
import { connect, TLSSocket } from 'node:tls'
import { personas } from '#protocols/personas/index.ts'
import { identityAt } from '../../../test/fixtures/decoy.ts'
import { certificateOf } from '../certificate-of.ts'
import { secretOf } from '../certificate-secret.ts'
import { certificates } from './certificates.ts'

it('a decoy shows the certificate that it showed, however many others were asked for theirs meanwhile', async () => {
  const made: string[] = []
  const persona = personas['windows-engineering']
  assert.ok(persona !== undefined)
  const of = certificates((identity, { vendor }) => {
    made.push(identity.address)
    return certificateOf(secretOf(identity), identity, { vendor }, { service: 'http', now: Date.now() })
  })
  const all = Array.from({ length: 200 }, (_, at) => `198.18.1.${at + 1}`)
  for (const _ of [1, 2, 3])
    await Promise.all(all.map((address) => of(address, identityAt(address, { name: 'ENG-WS-1' }), persona)))
  assert.deepEqual(made, all)
})

it('a certificate that could not be made is made the next time', async () => {
  let times = 0
  const persona = personas['windows-engineering']
  assert.ok(persona !== undefined)
  const identity = identityAt('198.18.1.1', { name: 'ENG-WS-1' })
  const of = certificates(async () => {
    if (times++ === 0) throw new Error('no memory')
    return await certificateOf(secretOf(identity), identity, persona, { service: 'http', now: Date.now() })
  })
  await assert.rejects(of('one', identity, persona), /no memory/)
  assert.ok((await of('one', identity, persona)) !== undefined)
})

it('speaks no version of TLS that is newer than the device', async () => {
  const persona = personas['windows-engineering']
  assert.ok(persona !== undefined)
  const secureContext = await certificates((identity) =>
    certificateOf(secretOf(identity), identity, persona, { service: 'http', now: Date.now() }),
  )('one', identityAt('198.18.1.1'), persona)
  const server = createServer((socket) => {
    new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const client = connect({ host: '127.0.0.1', port: address.port, rejectUnauthorized: false })
  await once(client, 'secureConnect')
  const spoken = client.getProtocol()
  client.destroy()
  server.close()
  assert.equal(spoken, 'TLSv1.2')
})
