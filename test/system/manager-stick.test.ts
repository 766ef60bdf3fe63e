/** An edge without a line: files carried by hand between a real manager and a real edge, each by its own commands. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { askManager } from '#manager/client.ts'
import { socketOf } from '#manager/socket.ts'
import { AuditPage, AuditReport } from '#schema/manager-api.ts'
import { EventPage } from '#schema/manager-events.ts'
import { EdgeDetail, Edges } from '#schema/manager-fleet.ts'
import { Stick, StickBytes, StickTaken } from '#schema/manager-stick.ts'
import { bulkhead } from './manager/cli.ts'
import { copyTemplate, templateFolder } from './manager/template.ts'
import { bulkheadAtEdge } from './edge-process.ts'
import { Cell, edgeName, policyText } from './orders/cell.ts'
import { until } from './until.ts'

let cell: Cell
let manager: ChildProcess
let folder = ''
let state = ''

const command = (...words: readonly string[]) => bulkhead([...words, '--state', state])
const json = async (...words: readonly string[]): Promise<unknown> => {
  const { code, out, err } = await command('--json', ...words)
  assert.equal(code, 0, err)
  return JSON.parse(out)
}
const eventsOf = async (ip: string): Promise<number> =>
  (await askManager(socketOf(state), { path: `/v1/events?source=${ip}`, answer: EventPage })).events.length
/** What the command asks of the manager, for a file that is small. */
const carry = async (text: string): Promise<StickTaken> => {
  const at = text.indexOf('\n')
  const head: unknown = JSON.parse(text.slice(0, at))
  const post = <T>(path: string, body: unknown, answer: z.ZodType<T>) =>
    askManager(socketOf(state), { method: 'POST', path, body, answer })
  const { id } = await post('/v1/sticks', { head }, Stick)
  await post(`/v1/sticks/${id}/lines`, { at: 0, text: text.slice(at + 1) }, StickBytes)
  return post(`/v1/sticks/${id}/take`, {}, StickTaken)
}
const file = (name: string): string => join(folder, name)
const imported = async (name: string) =>
  z
    .object({ events: z.int(), reports: z.int() })
    .loose()
    .parse(await json('manager', 'import', file(name)))

before(async () => {
  folder = mkdtempSync('/run/bulkhead-stick-')
  chmodSync(folder, 0o711)
  state = join(folder, 'manager')
  mkdirSync(state)
  await copyTemplate(templateFolder(), state)
  const words = ['manager', 'run', '--json', '--state', state, '--listen', '127.0.0.1:0', '--link', '127.0.0.1:0']
  manager = spawn(process.execPath, ['src/cli/main.ts', ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  const listening = once(createInterface({ input: manager.stdout! }), 'line')
  const started = Cell.start('stick', policyText())
  await listening
  cell = await started
  // It enrols on a bench; then there is no line any more.
  const { token } = z
    .object({ token: z.string() })
    .loose()
    .parse(await json('edges', 'add', 'riverside', edgeName))
  writeFileSync(file('token'), token)
  const enrol = ['edge', 'enrol', '--token-file', file('token'), '--state', cell.daemon.state]
  const { code, stderr } = await bulkheadAtEdge(cell.world, enrol)
  assert.equal(code, 0, stderr)
  renameSync(join(state, 'link.sock'), join(state, 'cut.sock'))
  await until('the daemon knows its manager', async () => (await cell.status()).manager !== undefined)
  await until('there is no line', async () => (await cell.status()).manager?.connected === false)
})
after(async () => {
  await cell.close()
  manager.kill('SIGTERM')
  await once(manager, 'exit')
})

describe('a file from an edge', () => {
  it('brings its events, each once however often it is taken, and what it enforces', async () => {
    await cell.daemon.call('contain', { ip: '198.18.1.55', reason: 'seen offline', by: 'bob' })
    await cell.edge('export', file('up'))
    const first = await imported('up')
    assert.ok(first.events >= 2)
    const stored = await eventsOf('198.18.1.55')
    assert.ok(stored >= 1)
    const { events, reports } = await carry(readFileSync(file('up'), 'utf8'))
    assert.deepEqual([events, reports], [first.events, first.reports])
    assert.equal(await eventsOf('198.18.1.55'), stored)
    const [edge] = (await askManager(socketOf(state), { path: '/v1/edges', answer: Edges })).edges
    assert.deepEqual([edge?.status, edge?.connected, edge?.policy?.intact], ['enforcing', null, true])
  })
  const nothing = { key: '0'.repeat(64), signature: 'AAAA', body: '{}' }
  const spoilt: readonly { name: string; change: (lines: string[]) => string[]; says: RegExp }[] = [
    {
      name: 'an event that was changed on the way',
      change: (lines) => lines.map((line, at) => (at === 0 ? line : line.replace('198.18.1.55', '198.18.1.56'))),
      says: /not those that were signed/,
    },
    { name: 'a line that is missing', change: (lines) => lines.toSpliced(1, 1), says: /not those that were signed/ },
    {
      name: 'the header of another edge',
      change: ([head = '', ...lines]) => [head.replace(edgeName, 'other-edge'), ...lines],
      says: /not signed with the key of an edge that may be here/,
    },
    {
      name: 'another hash in the header',
      change: ([head = '', ...lines]) => [
        head.replace(/hash\\":\\"[0-9a-f]{64}/, `hash\\":\\"${'0'.repeat(64)}`),
        ...lines,
      ],
      says: /not signed with the key of an edge that may be here/,
    },
    {
      name: 'a header that says nothing',
      change: () => [JSON.stringify(nothing)],
      says: /does not begin as a file of an/,
    },
  ]
  for (const { name, change, says } of spoilt)
    it(`is refused with ${name}`, async () => {
      const lines = readFileSync(file('up'), 'utf8').trimEnd().split('\n')
      await assert.rejects(carry(`${change(lines).join('\n')}\n`), says)
      assert.equal(await eventsOf('198.18.1.56'), 0)
    })
})

describe('a file for an edge', () => {
  it('brings orders into its kernel, acknowledges its events and renews its certificate', async () => {
    const contain = ['orders', 'contain', '198.18.1.40', '--site', 'riverside', '--reason', 'seen elsewhere']
    const { id } = z
      .object({ id: z.string() })
      .loose()
      .parse(await json(...contain))
    const old = readFileSync(join(cell.daemon.state, 'link/enrolled.json'), 'utf8')
    await sleep(1000 - (Date.now() % 1000))
    const made = await command('manager', 'export', 'riverside', edgeName, file('down'))
    assert.match(made.out, /orders 1, permits 0, risk \d+\. Its certificate is good until/)
    await cell.edge('import', file('down'))
    const ordered = (await cell.status()).containments.filter(({ kind }) => kind === 'ordered').map(({ ip }) => ip)
    assert.ok(ordered.includes('198.18.1.40'), ordered.join())
    assert.notEqual(readFileSync(join(cell.daemon.state, 'link/enrolled.json'), 'utf8'), old)
    await until('the daemon has counted anew', async () => ((await cell.status()).manager?.waiting ?? 99) < 10)

    // And back: the manager learns that the kernel has it.
    await cell.edge('export', file('up-2'))
    const { reports } = await imported('up-2')
    assert.ok(reports >= 1)
    assert.match((await command('orders', 'show', id)).out, /In the kernel of 1 edge/)
    const [edge] = (await askManager(socketOf(state), { path: '/v1/edges', answer: Edges })).edges
    const path = `/v1/edges/${edge?.id ?? 0}` as const
    const { streams } = await askManager(socketOf(state), { path, answer: EdgeDetail })
    assert.deepEqual(
      streams.map(({ stream, enforced, desired, matches }) => [stream, enforced, desired, matches]),
      [
        ['orders', 1, 1, true],
        ['permits', 0, 0, true],
        ['risk', 0, 0, true],
      ],
    )
  })
  it('is refused by the edge when a word of it was changed', async () => {
    writeFileSync(file('forged'), readFileSync(file('down'), 'utf8').replaceAll('198.18.1.40', '198.18.1.41'))
    const { code, stderr } = await cell.tried('import', file('forged'))
    assert.notEqual(code, 0)
    assert.match(stderr, /Nothing of it was carried out/)
  })
  it('is not made for an edge that never enrolled', async () => {
    await json('edges', 'add', 'riverside', 'bare')
    const { code, err } = await command('manager', 'export', 'riverside', 'bare', file('bare'))
    assert.notEqual(code, 0)
    assert.match(err, /never enrolled/)
  })
  it('is on record, and so is what came', async () => {
    const { rows } = await askManager(socketOf(state), { path: '/v1/audit', answer: AuditPage })
    const actions = rows.map(({ action }) => action)
    for (const action of ['stick.import', 'stick.export']) assert.ok(actions.includes(action), action)
    const report = await askManager(socketOf(state), { path: '/v1/audit/verify', answer: AuditReport })
    assert.deepEqual(report.findings, [])
  })
})
