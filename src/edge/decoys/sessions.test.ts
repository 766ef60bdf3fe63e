import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import type { HostReport } from '#schema/decoy-host.ts'
import { sessionsIn } from './sessions.ts'

const home = mkdtempSync(join(tmpdir(), 'decoy-sessions-'))
let folder = ''
let made = 0
after(() => rmSync(home, { recursive: true }))

const recording = (source: string, bytes = 30): Extract<HostReport, { type: 'recording' }> => ({
  type: 'recording',
  session: {
    id: `s-${source}`,
    station: 'a',
    persona: 's7-1200',
    decoy: '198.18.1.40',
    source,
    sourcePort: 4000,
    service: 's7comm',
    transport: 'tcp',
    port: 102,
  },
  from: 1000,
  to: 2000,
  cut: false,
  chunks: [
    { d: 0, t: 0, b: Buffer.alloc(bytes, 1).toString('base64') },
    { d: 1, t: 5, b: Buffer.alloc(bytes * 2, 2).toString('base64') },
  ],
})
const sources = (sessions: ReturnType<typeof sessionsIn>) => sessions.list({ limit: 50 }).map(({ source }) => source)

describe('recordings', () => {
  beforeEach(() => (folder = join(home, String(made++))))
  it('are listed newest first, and read with both directions', () => {
    const sessions = sessionsIn(folder)
    for (const source of ['198.18.1.1', '198.18.1.2']) sessions.keep(recording(source), 1e6)
    assert.deepEqual(sources(sessions), ['198.18.1.2', '198.18.1.1'])
    const [first] = sessions.list({ limit: 1 })
    assert.ok(first !== undefined)
    const { id, received, sent } = first
    assert.deepEqual([received, sent], [30, 60])
    assert.deepEqual(sessions.read(id).chunks, recording('198.18.1.2').chunks)
  })
  it('are found by source and by decoy', () => {
    const sessions = sessionsIn(folder)
    for (const source of ['198.18.1.1', '198.18.1.2']) sessions.keep(recording(source), 1e6)
    assert.equal(sessions.list({ source: '198.18.1.1', limit: 50 }).length, 1)
    assert.equal(sessions.list({ decoy: '198.18.1.41', limit: 50 }).length, 0)
  })
  for (const [name, daemon] of [
    ['', (sessions: ReturnType<typeof sessionsIn>) => sessions],
    [', also of an earlier daemon', () => sessionsIn(folder)],
  ] as const)
    it(`of others are not lost in a flood, nor is what tells most of the source itself${name}`, () => {
      const first = sessionsIn(folder)
      first.keep(recording('198.18.1.1'), 1e6)
      first.classify(recording('198.18.1.2').session, 'compromised-credential')
      first.keep(recording('198.18.1.2'), 1e6)
      const sessions = daemon(first)
      const room = 20_000
      for (let time = 0; time < 200; time++) sessions.keep(recording('198.18.1.2', 500), room)
      assert.deepEqual(sources(sessions).slice(-2), ['198.18.1.2', '198.18.1.1'])
      assert.equal(sessions.list({ limit: 50 }).at(-2)?.class, 'compromised-credential')
      const taken = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
      assert.ok(taken <= room && taken > room / 2, `${taken}`)
    })
  it('are there for the next daemon', () => {
    sessionsIn(folder).keep(recording('198.18.1.1'), 1e6)
    assert.deepEqual(sources(sessionsIn(folder)), ['198.18.1.1'])
  })
  it('lose the oldest when there is no room, and never more than the room is taken', () => {
    const sessions = sessionsIn(folder)
    for (let at = 1; at <= 9; at++) sessions.keep(recording(`198.18.1.${at}`, 300), 5000)
    const sum = readdirSync(folder).reduce((all, name) => all + statSync(join(folder, name)).size, 0)
    assert.ok(sum <= 5000, `${sum} bytes`)
    assert.equal(sources(sessions)[0], '198.18.1.9')
    assert.ok(!sources(sessions).includes('198.18.1.1'))
  })
  it('are readable by their owner alone', () => {
    sessionsIn(folder).keep(recording('198.18.1.1'), 1e6)
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  })
  it('carry what a login in them amounted to', () => {
    const sessions = sessionsIn(folder)
    sessions.classify(recording('198.18.1.1').session, 'vendor-default')
    sessions.keep(recording('198.18.1.1'), 1e6)
    assert.equal(sessions.list({ limit: 1 })[0]?.class, 'vendor-default')
  })
  for (const id of ['../edge', '', 'x'.repeat(26), '01ARZ3NDEKTSV4RRFFQ69G5FAV'])
    it(`there is none "${id}"`, () => assert.throws(() => sessionsIn(folder).read(id), /no recording/))
  it('skip a file that is none', () => {
    const sessions = sessionsIn(folder)
    sessions.keep(recording('198.18.1.1'), 1e6)
    writeFileSync(join(folder, '01ARZ3NDEKTSV4RRFFQ69G5FAV.jsonl'), 'nothing\n')
    assert.deepEqual(sources(sessionsIn(folder)), ['198.18.1.1'])
  })
})
