/** A backup is whole, can be checked, and comes back on another machine. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import { backUp } from '#manager/backup/backup.ts'
import { checkBackup } from '#manager/backup/read.ts'
import { restore } from '#manager/backup/restore.ts'
import { type Opened, openState } from '#manager/open.ts'
import { done } from './manager/cli.ts'
import { addUser, freshState, readyState, start, type Started, startSetUp } from './manager/start.ts'

describe('a backup', () => {
  let one: Started
  const lines: string[] = []
  /** Another machine. */
  let state = ''
  let opened: Opened
  async function* each(of: readonly string[]): AsyncGenerator<string> {
    yield* of
  }
  before(async () => {
    one = await startSetUp()
    for (let n = 0; n < 3; n++) await addUser(one.state, `user-${n}`)
    const beside = await openState({ state: one.state, join: true })
    await backUp(beside, Date.now(), (line) => lines.push(line))
    await beside.close()
    state = await readyState()
    opened = await openState({ state })
  })
  after(() => one.end())

  const spoilt: readonly { name: string; spoil: (of: string[]) => string[]; says: RegExp }[] = [
    { name: 'cut off', spoil: (of) => of.slice(0, -1), says: /cut off/ },
    { name: 'without a row', spoil: (of) => of.toSpliced(2, 1), says: /users has 3 rows/ },
    {
      name: 'with another role',
      spoil: (of) => of.map((line) => line.replace('"role":"viewer"', '"role":"admin"')),
      says: /rows of users are not those/,
    },
    {
      name: 'with another count in the manifest',
      spoil: (of) => of.toSpliced(-1, 1, of.at(-1)!.replace('"rows":4', '"rows":5')),
      says: /signature .* not valid/,
    },
  ]
  for (const { name, spoil, says } of spoilt)
    it(`that is ${name} restores nothing`, async () => {
      await assert.rejects(
        checkBackup(each(spoil(lines))),
        (error) => error instanceof Fault && says.test(error.message),
      )
      await assert.rejects(restore(opened, state, each(spoil(lines))), (error) => {
        assert.ok(error instanceof Fault, String(error))
        assert.match(error.message, says)
        return true
      })
      assert.deepEqual(await opened.db.selectFrom('users').select('name').execute(), [])
    })
  it('is restored on another machine, verified, and its people log in', async () => {
    const claim = await restore(opened, state, each(lines))
    const report = await opened.trail.verify()
    await opened.close()
    assert.deepEqual([claim.tables.users.rows, claim.tables.audit.rows], [4, 4])
    // The row that says it was restored, signed with the new machine's key.
    assert.deepEqual([report.ok, report.rows], [true, 5])
    const again = await start({ state })
    await again.logIn('ann')
    await again.end()
  })
  it('goes through the command line to another machine', async () => {
    const file = join(freshState(), 'backup')
    const whole = await checkBackup(each(lines))
    assert.equal(whole.tables.users.rows, 4)
    assert.match(await done('manager', 'backup', file, '--state', one.state), /4 accounts, 4 rows of audit/)
    assert.match(
      await done('manager', 'restore', file, '--state', freshState()),
      /Restored and verified: 4 accounts, 4 rows/,
    )
  })
  it('goes only into an empty database', async () => {
    const beside = await openState({ state: one.state, join: true })
    await assert.rejects(restore(beside, one.state, each(lines)), /not empty/)
    await beside.close()
  })
})

describe('a manager that runs', () => {
  let one: Started
  before(async () => void (one = await startSetUp()))
  after(() => one.end())

  it('keeps its database when another process would start one there', async () => {
    const database = one.manager.databasePid
    await assert.rejects(openState({ state: one.state }), { code: 'manager-running' })
    await addUser(one.state, 'bob')
    assert.equal(one.manager.databasePid, database)
  })
  it('keeps it when it does not answer a backup at once, which waits for it', async () => {
    const database = one.manager.databasePid!
    process.kill(database, 'SIGSTOP')
    const opening = openState({ state: one.state, join: true })
    // Longer than the backup waits for its first answer (database/postgres, tryConnect).
    await sleep(3000)
    process.kill(database, 'SIGCONT')
    const beside = await opening
    const claim = await backUp(beside, Date.now(), () => undefined)
    await beside.close()
    assert.equal(claim.tables.users.rows, 2)
    await addUser(one.state, 'carol')
    assert.equal(one.manager.databasePid, database)
  })
})
