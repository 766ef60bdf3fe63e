/** A manager beside a database and a certificate that are somebody else's, and two managers on one database. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect } from 'node:tls'
import { Fault } from '#core/errors.ts'
import { askManager } from '#manager/client.ts'
import { type PrivatePostgres, startPostgres } from '#manager/database/postgres.ts'
import { socketOf } from '#manager/socket.ts'
import { Status, Users } from '#schema/manager-api.ts'
import { addUser, freshState, type Started, start, startSetUp, verifyAudit } from './manager/start.ts'

let server: PrivatePostgres
let url = ''
before(async () => {
  server = await startPostgres(freshState(), () => undefined)
  url = `postgresql://bulkhead@/bulkhead?host=${encodeURIComponent(server.folder)}`
})
after(() => server.stop())

describe('a database that is named by its URL', () => {
  let one: Started
  before(async () => void (one = await startSetUp({ url })))
  after(() => one.end())
  const names = async (state: string) =>
    (await askManager(socketOf(state), { path: '/v1/users', answer: Users })).users.map(({ name }) => name)

  it('is used instead of a private one, and the manager says so', async () => {
    const status = await askManager(socketOf(one.state), { path: '/v1/status', answer: Status })
    assert.deepEqual([status.database, status.users, one.manager.databasePid], ['external', 1, undefined])
  })

  it('serves two managers at the same time: what one is told, the other knows, and the audit stays one chain', async () => {
    // Keys are shared as docs/manager.md says: the second one signs the same audit.
    const state = freshState()
    for (const name of ['audit.key', 'objects.key', 'ca.crt', 'ca.key'])
      execFileSync('cp', [join(one.state, name), join(state, name)])
    const two = await start({ url, state })
    try {
      assert.equal(two.manager.setup, undefined, 'there is an administrator already')
      await Promise.all(
        Array.from({ length: 10 }, (_, n) => addUser(n % 2 === 0 ? one.state : two.state, `person-${n}`)),
      )
      assert.equal((await names(one.state)).length, 11)
      assert.deepEqual(await names(two.state), await names(one.state))
      assert.deepEqual((await verifyAudit(two.state)).findings, [])
    } finally {
      await two.end()
    }
  })

  it('that does not answer is one sentence, and nothing is left running', async () => {
    const nowhere = 'postgresql://bulkhead@127.0.0.1:1/bulkhead'
    await assert.rejects(
      start({ url: nowhere }),
      (error) => error instanceof Fault && error.code === 'database-failed' && !error.message.includes('bulkhead@'),
    )
  })
})

describe('a certificate of somebody else', () => {
  it('is the one that is shown', async () => {
    const state = freshState()
    const [key, cert] = [join(state, 'theirs.key'), join(state, 'theirs.crt')]
    execFileSync('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=manager.plant.example'.split(
        ' ',
      ),
      '-addext',
      'subjectAltName=DNS:manager.plant.example',
      '-keyout',
      key,
      '-out',
      cert,
    ])
    const pem = readFileSync(cert, 'utf8')
    const one = await start({ url, certificate: { cert: pem, key: readFileSync(key, 'utf8') } })
    try {
      const socket = connect({
        port: one.manager.port,
        host: '127.0.0.1',
        servername: 'manager.plant.example',
        ca: pem,
      })
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
      assert.equal(socket.getPeerCertificate().subject.CN, 'manager.plant.example')
      socket.destroy()
    } finally {
      await one.end()
    }
  })
})
