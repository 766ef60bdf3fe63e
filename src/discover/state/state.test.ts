import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { answers, asks, captureOf, exchange, framed, read, shown, write } from '#inspect/small-captures.ts'
import { capturesFolder, withoutCaptures } from '../../../test/fixtures/captures.ts'
import { addCapture } from '../sources/add.ts'
import { findCaptures } from '../sources/find.ts'
import { openState, stateFile } from './state.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-state-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
let states = 0
const fresh = () => openState(join(folder, `state-${states++}`))
const file = (name: string, content: Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const polls = file('polls.pcap', captureOf(exchange.map((packet) => framed(packet))))
const more = file(
  'more.pcap',
  captureOf(
    [asks(read('0001'), 1000), answers(shown('0001'), 5000), asks(write('0003'), 1012), asks(write('0004'), 1024)].map(
      (packet) => framed(packet),
    ),
  ),
)

const addAll = async (files: readonly string[]) => {
  const state = fresh()
  for (const path of files) for (const one of findCaptures([path])) await addCapture(state, one)
  return state
}

describe('recordings', () => {
  test('of one plant are added up', async () => {
    const state = await addAll([polls, more])
    const { conversations, captures, endpoints } = state.observed()
    assert.equal(captures.length, 2)
    assert.deepEqual(
      conversations.map(({ id, packets, commands }) => [
        id,
        packets,
        commands.map(({ op, count }) => `${op} ${count}`),
      ]),
      [['f1', [5, 2], ['read-holding-registers 2', 'write-single-register 3']]],
    )
    assert.equal(endpoints.filter(({ sent }) => sent > 0).length, 3)
    state.close()
  })

  test('count once, however often they are read', async () => {
    const [once, twice] = [await addAll([polls]), await addAll([polls, polls])]
    assert.deepEqual(twice.observed(), once.observed())
    assert.deepEqual(await addCapture(twice, findCaptures([polls])[0]!), { outcome: 'known' })
  })

  test('give the same state in any order', async () => {
    const [one, other] = [await addAll([polls, more]), await addAll([more, polls])]
    assert.deepEqual(one.observed(), other.observed())
  })

  test('of the public captures give the same state in any order', { skip: withoutCaptures() ?? false }, async () => {
    const files = ['ntop-nDPI', 'cisagov-icsnpp-s7comm', 'cisagov-icsnpp-bacnet'].flatMap((name) =>
      findCaptures([join(capturesFolder, name)]).map(({ path }) => path),
    )
    const [one, other] = [await addAll(files), await addAll(files.toReversed())]
    const [a, b] = [one.observed(), other.observed()]
    assert.ok(a.conversations.length > 100)
    for (const part of ['captures', 'endpoints', 'bindings', 'facts', 'conversations', 'limits'] as const)
      assert.deepEqual(a[part], b[part], part)
  })
})

describe('a state', () => {
  test('keeps what a person said, until it is taken back', () => {
    const state = fresh()
    const told = { vlan: 0, address: '198.18.1.10', owner: 'line 1', kind: 'plc' } as const
    state.tell(told)
    assert.deepEqual(state.observed().told, [told])
    state.tell({ vlan: 0, address: '198.18.1.10' })
    assert.deepEqual(state.observed().told, [])
  })

  test('is not made where it should only be read', () =>
    assert.throws(() => openState(join(folder, 'nowhere'), { readonly: true }), /Nothing was discovered/))

  test('of another kind is left alone', () => {
    const path = join(folder, 'other', stateFile)
    openState(path).close()
    writeFileSync(path, 'something else altogether, and long enough to be no database header at all'.repeat(20))
    const refused = (error: unknown) =>
      error instanceof Fault && /is damaged/.test(error.message) && /read the captures again/.test(error.advice)
    assert.throws(() => openState(path), refused)
  })
})
