import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { connect, createServer } from 'node:tls'
import { identityAt } from '../../test/fixtures/decoy.ts'
import { certificateOf } from './certificate-of.ts'

const secret = Buffer.alloc(32, 5)
const now = 1_800_000_000_000
const identity = identityAt('127.0.0.1', { name: 'HMI-4711' })
const made = (service: string, given = identity, at = now) =>
  certificateOf(secret, given, { vendor: 'Exor International' }, { service, now: at })

describe('a certificate', () => {
  for (const service of ['https', 'rdp']) {
    it(`for ${service} is one to node:crypto, signed by itself`, async () => {
      const x509 = new X509Certificate((await made(service)).cert)
      assert.ok(x509.verify(x509.publicKey))
      assert.match(x509.subject, /CN=HMI-4711/)
      assert.equal(x509.subject, x509.issuer)
      assert.ok(x509.validFromDate.getTime() <= now && x509.validToDate.getTime() > now)
    })
    it(`for ${service} is one to openssl`, async (t) => {
      const { cert: input } = await made(service)
      const words = ['x509', '-noout', '-text', '-checkend', '0']
      const { error, stdout, status } = spawnSync('openssl', words, { input, encoding: 'utf8' })
      if (error) return t.skip('openssl is not installed')
      assert.match(stdout, /Version: 3 \(0x2\)/)
      assert.match(
        stdout,
        service === 'rdp'
          ? /TLS Web Server Authentication.*Key Encipherment, Data Encipherment/s
          : /CA:TRUE.*DNS:HMI-4711, IP Address:127\.0\.0\.1/s,
      )
      assert.equal(status, 0)
    })
  }
  it('speaks TLS to a client that takes it for its authority', async () => {
    const { cert, key } = await made('https', identity, Date.now())
    const server = createServer({ cert, key }, (socket) => socket.end('hello'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    const { port } = address
    const socket = connect({ port, host: '127.0.0.1', ca: cert, checkServerIdentity: () => undefined })
    await once(socket, 'secureConnect')
    assert.equal(socket.authorized, true)
    socket.destroy()
    server.close()
  })
  it('of a device is the same key after a restart, and the same validity', async () => {
    const [one, two] = [await made('https'), await made('https', identity, now + 3_600_000)]
    assert.equal(one.key, two.key)
    assert.deepEqual(new X509Certificate(one.cert).validFrom, new X509Certificate(two.cert).validFrom)
  })
  it('differs between decoys', async () => {
    const other = identityAt('127.0.0.2', { name: 'HMI-4712', seed: 99 })
    assert.notEqual((await made('https')).key, (await made('https', other)).key)
    assert.notEqual(
      new X509Certificate((await made('https')).cert).serialNumber,
      new X509Certificate((await made('https', other)).cert).serialNumber,
    )
  })
  it('is valid whenever it is made', async () => {
    const years = Array.from({ length: 12 }, (_, at) => 2026 + 3 * at)
    const all = await Promise.all(years.map((year) => made('https', identity, Date.UTC(year, 5, 1))))
    for (const [index, year] of years.entries()) {
      const at = Date.UTC(year, 5, 1)
      const x509 = new X509Certificate(all[index]?.cert ?? '')
      assert.ok(x509.validFromDate.getTime() <= at && x509.validToDate.getTime() > at, String(year))
    }
  })
})
