import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { eventClasses, eventKindNames, eventKinds } from './event-kinds.ts'
import { endText, line, sentence } from './event-text.ts'
import { Event, type EventDraft, timestamp } from './event.ts'

const time = '2026-11-21T10:00:00.000Z'
const event: Event = {
  id: '01KAJ4A7000000000000000000',
  time,
  class: 'P1',
  kind: 'denial',
  site: 'riverside',
  edge: 'cell-1',
  count: 12,
  first: time,
  last: time,
  text: 'Denied.',
}

const ends: readonly [end: EventDraft['source'], text: string | undefined][] = [
  [{ ip: '198.18.1.10', asset: 'plc-fill', mac: '00:1b:1b:aa:00:10' }, 'plc-fill (198.18.1.10)'],
  [{ mac: '00:1b:1b:aa:00:10', asset: 'plc-fill' }, 'plc-fill (00:1b:1b:aa:00:10)'],
  [{ ip: '198.18.1.40', port: 'cell', vlan: 20 }, '198.18.1.40 in VLAN 20 on port cell'],
  [{ ip: '198.18.1.40', vlan: 0 }, '198.18.1.40'],
  [{ port: 'cell' }, 'port cell'],
  [{}, undefined],
  [undefined, undefined],
]
for (const [end, text] of ends) test(`an end reads as ${text ?? 'nothing'}`, () => assert.equal(endText(end), text))

const sentences: readonly [draft: EventDraft, text: string][] = [
  [
    {
      kind: 'denial',
      source: { ip: '198.18.1.72', asset: 'ews-1' },
      destination: { ip: '198.18.1.10' },
      protocol: 'tcp',
      port: 102,
      reason: 'no-conduit',
      count: 12,
    },
    'Denied: ews-1 (198.18.1.72) to 198.18.1.10 with tcp/102, because no-conduit.',
  ],
  [
    { kind: 'layer2', source: { mac: '00:1b:1b:aa:00:40' }, protocol: '0x8892', zone: 'cell-1' },
    'Frame denied: 00:1b:1b:aa:00:40 with 0x8892 (zone cell-1).',
  ],
  [
    { kind: 'release', source: { ip: '198.18.1.40' }, by: 'ana', reason: 'checked' },
    'Released: 198.18.1.40, because checked, by ana.',
  ],
  [{ kind: 'bypass-start', by: 'ana' }, 'The edge passes everything, by ana.'],
]
for (const [draft, text] of sentences)
  test(`a ${draft.kind} without text says: ${text}`, () => assert.equal(sentence(draft), text))

test('a sentence never exceeds what an event may hold', () => {
  const name = 'n'.repeat(64)
  assert.ok(
    sentence({
      kind: 'denial',
      source: { asset: name },
      destination: { asset: name },
      reason: name,
      conduit: name,
      by: 'b'.repeat(200),
    }).length <= 500,
  )
})

test('a line has time, kind, text and exact count', () => {
  assert.equal(line(event), '2026-11-21 10:00:00  DENIED         Denied.  ×12')
  assert.equal(line(event, { timezone: 'Europe/Berlin' }).slice(0, 19), '2026-11-21 11:00:00')
  assert.equal(line({ ...event, count: 1 }), '2026-11-21 10:00:00  DENIED         Denied.')
})
test('a line has one clock, also for the times of its sentence', () => {
  const text = 'The edge passes everything until 2026-11-21T10:30:00.123Z: line 1 stopped.'
  const shown = line({ ...event, text, count: 1 }, { timezone: 'Europe/Berlin' })
  assert.match(shown, /^2026-11-21 11:00:00 .* until 2026-11-21 11:30:00: line 1 stopped\.$/)
  assert.match(line({ ...event, text, count: 1 }), / until 2026-11-21 10:30:00: line 1 stopped\.$/)
  // What an attacker sent may look like a time.
  assert.match(line({ ...event, text: 'tag 2026-99-99T99:99:99Z', count: 1 }), / tag 2026-99-99T99:99:99Z$/)
})

test('a line is cut to the width but keeps its count', () => {
  assert.equal(line({ ...event, text: 'x'.repeat(200) }, { width: 80 }).length, 80)
  assert.match(line({ ...event, text: 'x'.repeat(200) }, { width: 80 }), /…  ×12$/)
})
test('a line is coloured only when asked', () => {
  assert.equal(line(event).includes('\u001B'), false)
  assert.equal(line(event, { colour: true }).includes('\u001B[33mDENIED'), true)
})
test('what an attacker put into an event cannot steer the terminal', () => {
  const shown = line({ ...event, text: 'a\u001B[2J\u0007\n\u202Eb' })
  for (const control of ['\u001B', '\u0007', '\n', '\u202E']) assert.equal(shown.includes(control), false)
})

const invalid: readonly [name: string, change: object][] = [
  ['an unknown member', { secret: 'x' }],
  ['an unknown kind', { kind: 'party' }],
  ['a time without milliseconds', { time: '2026-11-21T10:00:00Z' }],
  ['a time that is not UTC', { time: '2026-11-21T10:00:00.000+01:00' }],
  ['half a packet', { count: 0.5 }],
  ['an address that is none', { source: { ip: '198.18.1.300' } }],
  [
    'details that are too large',
    { details: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`k${at}`, 'x'.repeat(400)])) },
  ],
  ['details within details', { details: { a: { b: 1 } } }],
  ['a technique that is none', { technique: 'T1059x' }],
  ['half a sub-technique', { technique: 'T1692.01' }],
]
for (const [name, change] of invalid) {
  test(`an event with ${name} is refused`, () => assert.equal(Event.safeParse({ ...event, ...change }).success, false))
}
for (const technique of ['T0846', 'T1692.001'])
  test(`${technique} is a technique`, () => assert.equal(Event.parse({ ...event, technique }).technique, technique))
test('an event from 1970 is one', () => assert.equal(Event.safeParse({ ...event, time: timestamp(0) }).success, true))

const docs = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')
test('docs/events.md lists every kind with its class, severity and technique, and no other', () => {
  const rows = [
    ...docs.matchAll(/^\| `([a-z0-9-]+)` \| (P[0-3]) \| (\d+) \| (T\d{4}(?:\.\d{3})?)? ?\| (.+) \|$/gm),
  ].map((row) => row.slice(1, 6))
  assert.deepEqual(
    rows,
    eventKindNames.map((name) => {
      const { class: inClass, severity, technique, summary } = eventKinds[name]
      return [name, inClass, String(severity), technique, summary]
    }),
  )
})
test('docs/events.md has examples that are events', () => {
  const examples = [...docs.matchAll(/```json\n([^`]+)```/g)].map(([, text]) => JSON.parse(text ?? '') as unknown)
  assert.ok(examples.length >= 3)
  for (const example of examples) assert.deepEqual(Event.parse(example), example)
})
test('classes are told apart by what they promise', () => assert.deepEqual([...eventClasses], ['P0', 'P1', 'P2', 'P3']))
