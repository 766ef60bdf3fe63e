import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostSession } from '#schema/decoy-host.ts'
import { HostReport, lineLimit } from '#schema/decoy-host.ts'
import { recordings } from './recordings.ts'

const sessionOf = (id: string): HostSession => ({
  id,
  station: 's1',
  persona: 'p',
  decoy: '198.18.1.1',
  source: '198.18.9.1',
  sourcePort: 40_000,
  service: 'echo',
  transport: 'tcp',
  port: 7,
})
const clock = () => {
  const time = { now: 1_000_000 }
  return { time, now: () => time.now }
}
const text = (said: string): Uint8Array => Buffer.from(said, 'latin1')

describe('recordings', () => {
  test('both directions with their times, told when the conversation is over, and once', () => {
    const { time, now } = clock()
    const tapes = recordings(1000, 10_000, now)
    const tape = tapes.begin(sessionOf('1'))
    tape.add(0, text('ab'))
    time.now += 2
    tape.add(0, text('c\u00ff'))
    time.now += 40
    tape.add(1, text('d'))
    assert.equal(tapes.next(), undefined)
    tape.end()
    tape.end()
    const told = tapes.next()
    assert.deepEqual(told && HostReport.parse(told), {
      type: 'recording',
      session: sessionOf('1'),
      from: 1_000_000,
      to: 1_000_042,
      cut: false,
      chunks: [
        { d: 0, t: 0, b: Buffer.from('abc\u00ff', 'latin1').toString('base64') },
        { d: 1, t: 42, b: Buffer.from('d').toString('base64') },
      ],
    })
    assert.deepEqual([tapes.next(), tapes.held], [undefined, 0])
  })

  test('what is typed character by character is kept by its length, what is answered as it is', () => {
    const tapes = recordings(1000, 10_000, clock().now)
    const tape = tapes.begin(sessionOf('1'), true)
    tape.add(0, text('hunx\u007fter\r\n'))
    tape.add(1, text('login: '))
    tape.end()
    const said = tapes.next()?.chunks.map(({ b }) => Buffer.from(b, 'base64').toString('latin1'))
    assert.deepEqual(said, ['****\u007f***\r\n', 'login: '])
  })

  test('what is kept does not change when the memory it came in does', () => {
    const tapes = recordings(1000, 10_000, clock().now)
    const tape = tapes.begin(sessionOf('1'))
    const bytes = text('before')
    tape.add(0, bytes)
    bytes.fill(0)
    tape.end()
    assert.equal(Buffer.from(tapes.next()?.chunks[0]?.b ?? '', 'base64').toString(), 'before')
  })

  test('a conversation without a byte is not told, nor one that was dropped', () => {
    const tapes = recordings(1000, 10_000, clock().now)
    tapes.begin(sessionOf('1')).end()
    const tape = tapes.begin(sessionOf('2'))
    tape.add(0, text('x'))
    tape.drop()
    tape.end()
    assert.deepEqual([tapes.next(), tapes.held], [undefined, 0])
  })

  test('a long conversation is cut, and says so; the longest one fits in a line', () => {
    const { time, now } = clock()
    const tapes = recordings(256 << 10, 64 << 20, now)
    const tape = tapes.begin(sessionOf('1'))
    for (let turn = 0; turn < 30_000; turn++) {
      tape.add(turn % 2 === 0 ? 0 : 1, text('y'.repeat(100)))
      time.now += 7
    }
    tape.end()
    const told = tapes.next()
    assert.ok(told !== undefined && told.cut)
    const size = told.chunks.reduce((sum, { b }) => sum + Buffer.from(b, 'base64').length, 0)
    assert.ok(size <= 256 << 10 && size >= 200 << 10)
    assert.ok(JSON.stringify(HostReport.parse(told)).length < lineLimit)
  })

  test('byte by byte, both ways: no more chunks than the contract has', () => {
    const { time, now } = clock()
    const tapes = recordings(256 << 10, 64 << 20, now)
    const tape = tapes.begin(sessionOf('1'))
    for (let turn = 0; turn < 10_000; turn++, time.now += 7) tape.add(turn % 2 === 0 ? 0 : 1, text('z'))
    tape.end()
    const told = tapes.next()
    assert.deepEqual([told?.cut, told?.chunks.length], [true, 4096])
  })

  test('too much in all: the conversations that began first are lost, those after them are whole', () => {
    const tapes = recordings(1000, 8000, clock().now)
    for (let id = 0; id < 20; id++) {
      const tape = tapes.begin(sessionOf(String(id)))
      tape.add(0, text('x'.repeat(500)))
      if (id % 2 === 0) tape.end()
      assert.ok(tapes.held <= 8000)
    }
    const told = []
    for (let tape = tapes.next(); tape !== undefined; tape = tapes.next()) told.push(Number(tape.session.id))
    assert.deepEqual(told, [16, 18])
    assert.ok(tapes.lost >= 14)
  })
})
