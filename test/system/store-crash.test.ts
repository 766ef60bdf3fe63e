/** What the store still knows after kill -9, on a full disk, and with several processes. Run with scripts/isolate.sh. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { existingKey } from '#edge/audit/key.ts'
import { openStore } from '#edge/store/open.ts'
import { storeCodes } from '#sqlite/fault.ts'
import { verifyStore } from '#edge/store/trail.ts'
import { until } from './until.ts'

const rounds = process.env['BULKHEAD_TEST'] === 'long' ? 100 : 20
const root = mkdtempSync(join(tmpdir(), 'bulkhead-crash-'))
const children: ChildProcess[] = []
const mounts: string[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const mount of mounts) execFileSync('umount', ['-l', mount])
  rmSync(root, { recursive: true, force: true })
})

/** Starts a writer; `said` grows line by line. */
const writer = (
  path: string,
): { readonly child: ChildProcess; readonly said: string[]; readonly ended: Promise<void> } => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'store-writer.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const said: string[] = []
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    said.push(...lines)
  })
  return { child, said, ended: new Promise((resolve) => child.once('close', () => resolve())) }
}
const patience = { everyMs: 2, limitMs: 60_000 }
const verified = (path: string): { readonly records: number } => {
  const key = existingKey(dirname(path))
  const report = verifyStore(path, { now: Date.now(), ...(key && { key }) })
  assert.deepEqual([report.integrity.findings, report.completeness.findings], [[], []])
  return report
}

test(`killed ${rounds} times while writing, it loses nothing that was acknowledged and the chain stays whole`, async () => {
  const path = join(root, 'kill', 'edge.db')
  const acknowledged: string[] = []
  for (let round = 0; round < rounds; round++) {
    const { child, said, ended } = writer(path)
    await until('the writer began', () => said.length > 1 + (round % 5) * 10, patience)
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40))
    child.kill('SIGKILL')
    await ended
    const now = said.slice(1)
    assert.ok(now.length > 0)
    acknowledged.push(...now)
    const store = openStore({ path, readonly: true })
    const ids = new Set(store.events.search({ kind: ['containment'], limit: 100_000 }).map(({ event }) => event.id))
    const contained = new Set(store.containments.active(Date.now()).map(({ ip }) => ip))
    store.close()
    for (const line of acknowledged) {
      const [id = '', ip = ''] = line.split(' ')
      assert.ok(ids.has(id), `${id} was acknowledged and is gone after round ${round}`)
      assert.ok(contained.has(ip), `the containment of ${ip} is gone after round ${round}`)
    }
    // A chain that broke stays broken.
    if (round % 5 === 4) assert.ok(verified(path).records >= acknowledged.length)
  }
})

test('while one process owns the store, another reads a consistent state and cannot own it', async () => {
  const path = join(root, 'two', 'edge.db')
  const { child, said, ended } = writer(path)
  await until('the writer began', () => said.length > 10, patience)
  assert.throws(
    () => openStore({ path }),
    (error) =>
      error instanceof Fault && error.code === 'edge-running' && error.message.includes(`process ${child.pid}`),
  )
  const reader = openStore({ path, readonly: 'if-busy' })
  assert.equal(reader.readonly, true)
  const before = reader.events.newest()
  const line = said.length
  await until('the writer went on', () => said.length > line + 10, patience)
  assert.ok(reader.events.newest() > before)
  verified(path)
  reader.close()
  child.kill('SIGKILL')
  await ended
  openStore({ path }).close()
})

test('while the owner is stopped, a process beside it settles a plan and extends the same chain', async () => {
  const path = join(root, 'stopped', 'edge.db')
  const { child, said, ended } = writer(path)
  await until('the writer began', () => said.length > 5, patience)
  let beside: ReturnType<typeof openStore> | undefined
  // A stop in the middle of a transaction holds the write lock; the next attempt is what the rollback does, too.
  for (let attempt = 0; attempt < 200 && beside === undefined; attempt++) {
    child.kill('SIGSTOP')
    try {
      beside = openStore({ path, beside: true, busyMs: 50 })
      beside.events.append({ kind: 'rollback', by: 'deadline' })
    } catch (error) {
      assert.equal(error instanceof Fault ? error.code : String(error), 'store-busy')
      beside?.close()
      beside = undefined
      child.kill('SIGCONT')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  assert.ok(beside)
  beside.close()
  const line = said.length
  child.kill('SIGCONT')
  await until('the writer went on', () => said.length > line + 10, patience)
  child.kill('SIGKILL')
  await ended
  verified(path)
  const store = openStore({ path })
  assert.equal(store.events.search({ kind: ['rollback'] }).length, 1)
  store.close()
})

const tiny = (name: string, size: string): string => {
  const folder = join(root, name)
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  mounts.push(folder)
  return folder
}
const unprivileged = process.getuid?.() !== 0 && 'needs scripts/isolate.sh'

test(
  'on a full disk every call fails with disk-full only, nothing acknowledged is lost, and it goes on when there is room',
  { skip: unprivileged },
  () => {
    const folder = tiny('full', '1200k')
    const path = join(folder, 'edge.db')
    const store = openStore({ path, reserveBytes: 131_072 })
    const acknowledged: string[] = []
    const faults: Fault[] = []
    let releasedAt = 0
    for (let at = 0; at < 5000 && faults.length < 50; at++) {
      try {
        const [stored] = store.events.append({ kind: 'containment', by: 'kernel', text: 'x'.repeat(300) })
        acknowledged.push(stored?.event.id ?? '')
      } catch (error) {
        assert.ok(error instanceof Fault, String(error))
        faults.push(error)
      }
      if (releasedAt === 0 && !existsSync(`${path}.reserve`)) releasedAt = acknowledged.length
    }
    assert.deepEqual([...new Set(faults.map(({ code }) => code))], ['disk-full'])
    console.log(`full disk: ${acknowledged.length} events, ${releasedAt} before the reserve was given up`)
    assert.ok(releasedAt > 0 && acknowledged.length > releasedAt + 20, 'the reserve let P0 go on for a while')
    assert.throws(() => store.kv.set('x', 'y'.repeat(2_000_000)), Fault)
    assert.throws(
      () =>
        store.plans.stage({
          source: randomBytes(1_000_000).toString('hex'),
          plan: JSON.parse('{"digest":"d"}'),
          by: 'ana',
          at: 0,
        }),
      Fault,
    )
    // Reading goes on: what the kernel should enforce can be told.
    assert.deepEqual(store.containments.active(Date.now()), [])
    assert.equal(store.events.search({ kind: ['containment'], limit: 10_000 }).length, acknowledged.length)
    store.close()
    const again = openStore({ path, reserveBytes: 0 })
    assert.equal(again.events.search({ kind: ['containment'], limit: 10_000 }).length, acknowledged.length)
    again.close()
    execFileSync('mount', ['-o', 'remount,size=8m', folder])
    const roomy = openStore({ path, reserveBytes: 131_072 })
    roomy.events.append({ kind: 'start' })
    roomy.maintain()
    assert.equal(statSync(`${path}.reserve`).size, 131_072)
    roomy.close()
    verified(path)
  },
)

test(
  'on a disk without any room a new store is refused with disk-full and leaves no half of one',
  { skip: unprivileged },
  () => {
    const folder = tiny('none', '64k')
    writeFileSync(join(folder, 'filler'), Buffer.alloc(40_000))
    const path = join(folder, 'edge.db')
    assert.throws(
      () => openStore({ path }),
      (error) => error instanceof Fault && error.code === 'disk-full',
    )
    assert.equal(existsSync(path), false)
    rmSync(join(folder, 'filler'))
    execFileSync('mount', ['-o', 'remount,size=4m', folder])
    openStore({ path, reserveBytes: 0 }).close()
  },
)

test('a store that may not be written is refused in one sentence', { skip: unprivileged }, () => {
  const folder = tiny('readonly', '4m')
  const path = join(folder, 'edge.db')
  const store = openStore({ path, reserveBytes: 0 })
  store.events.append({ kind: 'start' })
  store.close()
  execFileSync('mount', ['-o', 'remount,ro', folder])
  assert.throws(
    () => openStore({ path }),
    (error) =>
      error instanceof Fault &&
      (storeCodes as readonly string[]).includes(error.code) &&
      error.message.includes(folder),
  )
})
