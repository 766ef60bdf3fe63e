/** A database that is there and does not do its work: each kind is one sentence, and over by itself when its cause is. */
import assert from 'node:assert/strict'
import { type Server, type Socket, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { after, before, describe, it } from 'node:test'
import { Client } from 'pg'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { askManager } from '#manager/client.ts'
import { type PrivatePostgres, startPostgres } from '#manager/database/postgres.ts'
import { settle } from '#manager/privileges.ts'
import { socketOf } from '#manager/socket.ts'
import { User, Users } from '#schema/manager-api.ts'
import { addUser, freshState, password, type Started, startSetUp, verifyAudit } from './manager/start.ts'
import { type ManagerHere, runManager } from './scale-out/managers.ts'
import { until } from './until.ts'

const urlOf = (folder: string, database = 'bulkhead'): string =>
  `postgresql://bulkhead@/${database}?host=${encodeURIComponent(folder)}`

let server: PrivatePostgres
before(async () => void (server = await startPostgres(freshState(), () => undefined)))
after(() => server.stop())

/** Outside every manager. */
const asAdministrator = async (...statements: readonly string[]): Promise<void> => {
  const client = new Client({ connectionString: urlOf(server.folder) })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}
/** A manager with a database of its own. */
const startOn = async (database: string, folder = server.folder, silentMs?: number): Promise<Started> => {
  await asAdministrator(`CREATE DATABASE ${database}`)
  return startSetUp({ url: urlOf(folder, database), ...(silentMs === undefined ? {} : { silentMs }) })
}
const names = async (state: string): Promise<string[]> =>
  (await askManager(socketOf(state), { path: '/v1/users', answer: Users })).users.map(({ name }) => name)
const failure = async (work: Promise<unknown>): Promise<Fault> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Fault, String(error))
  return error
}

describe('a server that becomes a standby, while another takes its address', () => {
  let one: Started
  before(async () => void (one = await startOn('standby')))
  after(() => one.end())
  // What a session says by itself at its start goes before what the server says: new sessions write, those that are there do not.
  before(() =>
    asAdministrator(
      'ALTER ROLE bulkhead SET default_transaction_read_only = off',
      'ALTER SYSTEM SET default_transaction_read_only = on',
      'SELECT pg_reload_conf()',
    ),
  )
  after(() =>
    asAdministrator(
      'ALTER SYSTEM RESET default_transaction_read_only',
      'ALTER ROLE bulkhead RESET default_transaction_read_only',
      'SELECT pg_reload_conf()',
    ),
  )
  it('is said once at most, and the next change goes to the one that takes changes', async () => {
    const fault = await addUser(one.state, 'bob').then(
      () => undefined,
      (error: unknown) => error,
    )
    if (fault !== undefined) {
      assert.ok(fault instanceof Fault && fault.code === 'database-failed', inspect(fault))
      assert.match(fault.message, /read-only, as a standby is/)
    }
    for (let n = 0; n < 12; n++) await addUser(one.state, `person-${n}`)
    assert.deepEqual((await verifyAudit(one.state)).findings, [])
  })
})

describe('a way to the database that is gone without a word', () => {
  /** Stands for a firewall or a host that lost its power: connections stay, and nothing passes. */
  const folder = freshState()
  const pairs = new Set<[Socket, Socket]>()
  let way: Server
  let one: Started
  before(async () => {
    settle(folder)
    way = createServer((from) => {
      const to = connect(join(server.folder, '.s.PGSQL.5432'))
      const pair: [Socket, Socket] = [from, to]
      pairs.add(pair)
      const ways: readonly [Socket, Socket][] = [pair, [to, from]]
      for (const [a, b] of ways) {
        a.on('error', () => undefined)
        a.pipe(b)
        a.once('close', () => (b.destroy(), pairs.delete(pair)))
      }
    })
    await new Promise<void>((resolve) => way.listen(join(folder, '.s.PGSQL.5432'), resolve))
    one = await startOn('silent', folder, 2000)
  })
  after(async () => {
    await one.end()
    for (const [from] of pairs) from.destroy()
    way.close()
  })
  it('is given up after a while, and what comes then takes another one', async () => {
    for (const [from, to] of pairs) {
      from.unpipe(to)
      to.unpipe(from)
      from.pause()
      to.pause()
    }
    const fault = await failure(addUser(one.state, 'carol'))
    assert.equal(fault.code, 'database-failed')
    await until('the manager works again', () =>
      addUser(one.state, 'dave').then(
        () => true,
        () => false,
      ),
    )
    assert.ok(one.log.some((line) => line.includes('did not answer for 2 s')))
    assert.ok((await names(one.state)).includes('dave'))
    assert.deepEqual((await verifyAudit(one.state)).findings, [])
  })
})

describe('a server that has no connection left', () => {
  let one: Started
  before(async () => void (one = await startOn('crowded')))
  after(() => one.end())
  it('is one sentence, and over when there is one', async () => {
    const others: Client[] = []
    const take = async (): Promise<boolean> => {
      const client = new Client({ connectionString: urlOf(server.folder) })
      client.on('error', () => undefined)
      return client.connect().then(
        () => (others.push(client), true),
        () => false,
      )
    }
    try {
      await take()
      let n = 0
      await until('the sentence', async () => {
        // The manager asks for a connection every second: whoever is faster has it.
        await others[0]!.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bulkhead-manager'",
        )
        while (await take());
        return addUser(one.state, `erin-${n++}`).then(
          () => false,
          (error: unknown) => error instanceof Fault && /takes no more connections/.test(error.message),
        )
      })
    } finally {
      for (const client of others) await client.end()
    }
    await addUser(one.state, 'frank')
    assert.ok((await names(one.state)).includes('frank'))
  })
})

describe('a manager whose machine stands still within a change', () => {
  const database = 'paused'
  let one: ManagerHere
  before(async () => {
    await asAdministrator(`CREATE DATABASE ${database}`)
    const env = { DATABASE_URL: urlOf(server.folder, database), NATS_URL: '' }
    one = await runManager(freshState(), '127.0.0.1', 0, ['127.0.0.1'], env)
  })
  after(async () => {
    one.resume()
    await one.end('SIGTERM')
  })
  const add = (name: string) => one.ask('/v1/users', User, { name, role: 'viewer', password })

  it('holds up the changes of others for 15 s, and works again when it goes on', async () => {
    const other = new Client({ connectionString: urlOf(server.folder, database) })
    await other.connect()
    const isIn = (state: string) => async (): Promise<boolean> =>
      (
        await other.query(
          `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND application_name = 'bulkhead-manager' AND ${state}`,
        )
      ).rowCount === 1
    try {
      await other.query('BEGIN')
      await other.query('SELECT FROM audit_head FOR UPDATE')
      const lost = failure(add('grace'))
      await until('it waits for the lock', isIn("wait_event_type = 'Lock'"))
      one.pause()
      await other.query('COMMIT')
      await until('it has the lock', isIn("state = 'idle in transaction'"))
      await other.query("SET statement_timeout = '28s'")
      await other.query('SELECT FROM audit_head FOR UPDATE')
      one.resume()
      assert.equal((await lost).code, 'database-failed')
    } finally {
      await other.end()
    }
    await add('heidi')
    assert.deepEqual(await names(one.state), ['heidi'])
    assert.deepEqual((await verifyAudit(one.state)).findings, [])
  })
})

describe('a database that is away', () => {
  let one: Started
  before(async () => {
    const own = await startPostgres(freshState(), () => undefined)
    one = await startSetUp({ url: urlOf(own.folder) })
    await own.stop()
  })
  after(() => one.end())
  for (const path of ['/v1/events/stream', '/v1/events/follow'])
    it(`is told to who asks for the stream ${path}`, async () =>
      assert.equal(
        (await failure(askManager(socketOf(one.state), { path, answer: z.unknown() }))).code,
        'database-failed',
      ))
})

describe('a manager whose database refuses everything', () => {
  it('stops all the same, as a whole', async () => {
    const one = await startOn('stopping')
    await asAdministrator(
      'ALTER DATABASE stopping SET default_transaction_read_only = on',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'stopping'",
    )
    await one.end()
    assert.equal((await failure(names(one.state))).code, 'manager-unreachable')
    assert.ok(one.log.some((line) => line.includes('while the manager stopped')))
  })
})
