import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openStore } from '#edge/store/open.ts'
import { Event } from '#schema/event.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'
import { storeOf } from './state.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'bulkhead-cli-audit-'))
after(() => rmSync(root, { recursive: true, force: true }))
const state = join(root, 'cell-1-edge')
const store = openStore({ path: join(state, 'edge.db'), reserveBytes: 0 })
store.identify({ site: 'riverside', edge: 'cell-1-edge' })
store.events.append(
  { kind: 'start' },
  { kind: 'containment', source: { ip: '198.18.1.40' }, by: 'kernel' },
  { kind: 'denial' },
)
store.close()

const audit = (...args: readonly string[]) => commandLine(['audit', ...args])

test('search prints events newest first, and with --json one array of events', async () => {
  const { code: status, out: stdout } = await audit('search', '--state', state, '--source', '198.18.1.0/24', '--json')
  assert.equal(status, 0)
  assert.deepEqual(
    Event.array()
      .parse(JSON.parse(stdout))
      .map(({ kind }) => kind),
    ['containment'],
  )
  assert.match((await audit('search', '--state', state)).out, /DENIED.*\n.*CONTAINED.*\n.*STARTED/)
})

test('verify exits 0 for a whole record and 1 for one that was altered, in the store and in an export', async () => {
  const out = join(root, 'export.jsonl')
  const key = join(root, 'audit.pub')
  assert.equal((await audit('verify', '--state', state)).code, 0)
  assert.equal((await audit('export', '--state', state, '--out', out)).code, 0)
  writeFileSync(key, (await audit('key', '--state', state)).out)
  assert.equal((await audit('verify', '--file', out, '--key', key)).code, 0)
  writeFileSync(out, readFileSync(out, 'utf8').replace('198.18.1.40', '198.18.1.41'))
  const { code: status, out: stdout } = await audit('verify', '--file', out, '--key', key, '--json')
  assert.equal(status, 1)
  const report: { integrity: { ok: boolean }; completeness: { ok: boolean } } = JSON.parse(stdout)
  assert.deepEqual([report.integrity.ok, report.completeness.ok], [false, true])
})

test('an empty export is cut off, and no record of it is called missing', async () => {
  const empty = join(root, 'empty.jsonl')
  writeFileSync(empty, '')
  const { code, out } = await audit('verify', '--file', empty)
  assert.equal(code, 1)
  assert.match(out, /^COMPLETENESS {2}FAILED: 1 finding\n.*it was cut off/m)
})

const mistakes: readonly [name: string, args: readonly string[], status: number, says: RegExp][] = [
  ['a state directory that is none', ['verify', '--state', root], 1, /There is no record in/],
  ['a key that is none', ['verify', '--state', state, '--key', 'nonsense'], 2, /neither a file .* nor such a key/],
  ['a file that is missing', ['verify', '--file', join(root, 'none')], 2, /none cannot be used: no such file/],
  ['an export over an existing file', ['export', '--state', state, '--out', main], 7, /exists already/],
  ['a time that is none', ['search', '--state', state, '--since', 'soon'], 2, /It takes a time/],
  ['a kind that is none', ['search', '--state', state, '--kind', 'party'], 2, /There is no kind `party`/],
]
for (const [name, args, status, says] of mistakes) {
  test(`${name} is answered in one sentence`, async () => {
    const found = await audit(...args)
    assert.equal(found.code, status, found.err)
    assert.match(found.err, says)
    assert.doesNotMatch(found.err, /\n\s+at /)
  })
}

test('the only edge of a machine need not be named; of several one must be', () => {
  assert.equal(storeOf({}, root).folder, state)
  const other = openStore({ path: join(root, 'other', 'edge.db'), reserveBytes: 0 })
  other.close()
  assert.throws(() => storeOf({}, root), /Several edges/)
  assert.equal(storeOf({ edge: 'other' }, root).folder, join(root, 'other'))
  assert.throws(() => storeOf({}, join(root, 'nowhere')), /No edge has run here/)
})
