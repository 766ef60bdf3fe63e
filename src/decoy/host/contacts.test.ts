import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HostReport, type HostSession } from '#schema/decoy-host.ts'
import { contacts, printable, type Touch } from './contacts.ts'

const sessionOf = (source: string, decoy = '198.18.1.1'): HostSession => ({
  id: '1',
  station: 's1',
  persona: 'p',
  decoy,
  source,
  sourcePort: 40_000,
  service: 'echo',
  transport: 'tcp',
  port: 7,
})
const touch = (exchanges: number, more: Partial<Touch> = {}): Touch => ({
  handshake: true,
  exchanges,
  spent: false,
  notes: [],
  ...more,
})
const scene = (most = 100) => {
  const time = { now: 0 }
  const out: [string, number, boolean, readonly string[]][] = []
  const edge = { reads: true }
  const told = contacts({
    perSecond: 10,
    most,
    now: () => time.now,
    write: (contact) => {
      if (!edge.reads && !contact.spent) return false
      const { session, exchanges, spent, notes } = contact
      HostReport.parse(contact)
      out.push([session.source, exchanges, spent, notes])
      return true
    },
  })
  return { time, out, edge, told }
}

describe('contacts', () => {
  test('ten of one source at once, the rest as one with the last count; another source is told of', () => {
    const { time, out, told } = scene()
    for (let count = 1; count <= 30; count++) told.tell(sessionOf('198.18.9.1'), touch(count))
    told.tell(sessionOf('198.18.9.2'), touch(1))
    assert.deepEqual(
      out.map(([source, count]) => [source, count]),
      [...Array.from({ length: 10 }, (_, index) => ['198.18.9.1', index + 1]), ['198.18.9.2', 1]],
    )
    told.flush()
    assert.equal(out.length, 11)
    time.now += 100
    told.flush()
    assert.deepEqual(out.at(-1), ['198.18.9.1', 30, false, []])
    assert.equal(told.waiting, 0)
  })

  test('a spent budget is told at once, with what waited', () => {
    const { out, told } = scene()
    for (let count = 1; count <= 12; count++) told.tell(sessionOf('198.18.9.1'), touch(count, { notes: [`n${count}`] }))
    told.tell(sessionOf('198.18.9.1'), touch(13, { spent: true, notes: ['last'] }))
    assert.deepEqual(out.at(-1), ['198.18.9.1', 13, true, ['n11', 'n12', 'last']])
    assert.equal(told.waiting, 0)
  })

  test('an edge that does not read: contacts are summed, and told when it does', () => {
    const { time, out, edge, told } = scene()
    edge.reads = false
    for (let count = 1; count <= 5; count++) told.tell(sessionOf('198.18.9.1'), touch(count))
    told.flush()
    assert.equal(out.length, 0)
    edge.reads = true
    time.now += 1000
    told.flush()
    assert.deepEqual(out, [['198.18.9.1', 5, false, []]])
  })

  test('no more wait than there is room for', () => {
    const { edge, told } = scene(50)
    edge.reads = false
    for (let index = 0; index < 1000; index++)
      told.tell(sessionOf('198.18.9.1', `198.18.${index >> 8}.${index & 255}`), touch(1))
    assert.equal(told.waiting, 50)
  })

  test('notes: 16 different ones of 100 printable characters', () => {
    const { out, told } = scene()
    const notes = [...Array.from({ length: 40 }, (_, index) => `${index} \u0000\u001b[31m${'x'.repeat(500)}`), 'late']
    told.tell(sessionOf('198.18.9.1'), touch(1, { notes }))
    const [, , , told0 = []] = out[0] ?? []
    assert.equal(told0.length, 16)
    assert.ok(told0.every((note) => /^[\x20-\x7e]{1,100}$/.test(note)))
  })

  test('half a character is no character', () => assert.equal(printable('a\ud800b', 10), 'a.b'))
})
