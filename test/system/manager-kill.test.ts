/** Killed at any moment, a manager and its database lose nothing that was acknowledged. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import { askManager } from '#manager/client.ts'
import { socketOf } from '#manager/socket.ts'
import { Status, User, Users } from '#schema/manager-api.ts'
import { addUser, password, readyState, type Started, startSetUp, verifyAudit as verify } from './manager/start.ts'
import { until } from './until.ts'

describe('a database that is killed', () => {
  let one: Started
  after(() => one.end())
  it('comes back with everything that was acknowledged', async () => {
    one = await startSetUp()
    for (let n = 0; n < 3; n++) await addUser(one.state, `before-${n}`)
    const killed = one.manager.databasePid!
    process.kill(killed, 'SIGKILL')
    const made: string[] = []
    for (let n = 0; made.length < 3 && n < 100; n++) {
      await addUser(one.state, `after-${n}`).then(
        ({ name }) => made.push(name),
        (error: unknown) => assert.ok(error instanceof Fault && error.code === 'database-failed', String(error)),
      )
      await sleep(100)
    }
    assert.equal(made.length, 3)
    assert.notEqual(one.manager.databasePid, killed)
    const { users } = await askManager(socketOf(one.state), { path: '/v1/users', answer: Users })
    const names = users.map(({ name }) => name)
    for (const name of ['ann', 'before-0', 'before-1', 'before-2', ...made]) assert.ok(names.includes(name), name)
    assert.deepEqual((await verify(one.state)).findings, [])
  })
})

describe('a manager that is killed', () => {
  let child: ChildProcess | undefined
  let state = ''
  before(async () => void (state = await readyState()))
  after(() => child?.kill('SIGTERM'))
  const begin = (): ChildProcess => {
    const words = ['manager', 'run', '--json', '--state', state, '--listen', '127.0.0.1:0', '--host', 'localhost']
    return spawn(process.execPath, ['src/cli/main.ts', ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  }
  const run = async (): Promise<{ setup?: string }> => {
    child = begin()
    const [line] = await once(createInterface({ input: child.stdout! }), 'line')
    return JSON.parse(String(line))
  }
  it('leaves nothing behind that stops the next one, and loses nothing that was acknowledged', async () => {
    const { setup } = await run()
    const body = { code: setup, name: 'ann', password }
    await askManager(socketOf(state), { method: 'POST', path: '/v1/setup', body, answer: User })
    await addUser(state, 'bob')
    child!.kill('SIGKILL')
    await once(child!, 'exit')
    assert.equal((await run()).setup, undefined, 'a code, although there is an administrator')
    const status = await askManager(socketOf(state), { path: '/v1/status', answer: Status })
    assert.deepEqual([status.users, status.audit], [2, 2])
    assert.deepEqual((await verify(state)).findings, [])
  })
  it('together with its database, whose number another process has by now', async () => {
    const folder = join(state, 'postgres')
    const locks = ['data/postmaster.pid', '.s.PGSQL.5432.lock'].map((name) => join(folder, name))
    process.kill(Number(readFileSync(locks[0]!, 'utf8').split('\n')[0]), 'SIGKILL')
    child!.kill('SIGKILL')
    await once(child!, 'exit')
    for (const lock of locks) writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(process.pid)))
    await run()
    const status = await askManager(socketOf(state), { path: '/v1/status', answer: Status })
    assert.deepEqual([status.users, status.audit], [2, 2])
    child!.kill('SIGTERM')
    assert.deepEqual(await once(child!, 'exit'), [0, null])
  })
  it('ended while it starts, takes its database with it', async () => {
    const lock = join(state, 'postgres', 'data', 'postmaster.pid')
    assert.equal(existsSync(lock), false)
    child = begin()
    await until('the database runs', () => existsSync(lock), { everyMs: 1 })
    const database = Number(readFileSync(lock, 'utf8').split('\n')[0])
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
    assert.equal(existsSync(lock), false)
    assert.equal(existsSync(`/proc/${database}`), false)
  })
})
