import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Event } from '#schema/event.ts'
import { evidenceKinds, evidenceOf } from './evidence-of.ts'

const at = '2026-11-21T10:00:00.000Z'
const received = Date.parse('2026-11-21T10:00:05.000Z')
const event = (more: Partial<Event>): Event =>
  Event.parse({
    id: '01KAJ4A7000000000000000000',
    time: at,
    class: 'P1',
    kind: 'denial',
    site: 'a',
    edge: 'e',
    count: 1,
    first: at,
    last: at,
    text: 'It happened.',
    source: { ip: '198.18.1.40' },
    ...more,
  })

describe('an event is evidence', () => {
  const rows: readonly (readonly [name: string, Partial<Event>, says: readonly string[]])[] = [
    ['of a conversation out of scope', { reason: 'out-of-scope' }, ['out-of-scope 1']],
    ['of a port worth much', { protocol: 'tcp', port: 102 }, ['out-of-scope 1', 'port 0.8']],
    ['not of a port that is nothing special', { protocol: 'tcp', port: 8123 }, ['out-of-scope 1']],
    ['not when the risk itself was the reason', { reason: 'risk-too-high' }, []],
    ['not when the source may be forged', { reason: 'spoof' }, []],
    ['not in shadow', { details: { enforced: false } }, []],
    ['not without a source', { source: {} }, []],
    ['not of a group address', { source: { ip: '224.0.0.5' } }, []],
    ['of a scan', { kind: 'scan' }, ['scan 4']],
    ['of a touch of a decoy', { kind: 'decoy-contact', details: { handshake: true } }, ['decoy 5']],
    ['less of a datagram to a decoy', { kind: 'decoy-contact', details: { handshake: false } }, ['decoy 2']],
    [
      'of a login with a real password',
      { kind: 'decoy-login', details: { class: 'compromised-credential' } },
      ['decoy-login 8'],
    ],
    ['of a login of a class it does not know', { kind: 'decoy-login', details: { class: 'new' } }, ['decoy-login 5']],
    [
      'of a download that was denied',
      { kind: 'command-denied', details: { service: 's7comm', op: 'download' } },
      ['command 3'],
    ],
    [
      'less of a read that was denied',
      { kind: 'command-denied', details: { service: 'modbus', op: 'read-coils' } },
      ['command 0.5'],
    ],
    ['of what is no command', { kind: 'command-denied', details: { service: 'modbus' } }, ['command 1']],
    ['of a containment by the packet path', { kind: 'containment', class: 'P0', by: 'kernel' }, ['out-of-scope 2']],
    ['not of a containment by a person', { kind: 'containment', class: 'P0', by: 'ann' }, []],
    ['of activity off hours', { kind: 'off-hours' }, ['off-hours 1']],
    ['of a first conversation', { kind: 'first-seen' }, ['first-seen 0.5']],
    ['not when it is about something else', { kind: 'start', class: 'P0' }, []],
  ]
  for (const [name, more, says] of rows)
    test(name, () =>
      assert.deepEqual(
        evidenceOf(event(more), received).map(({ family, weight }) => `${family} ${weight}`),
        says,
      ),
    )
})

test('evidence carries its technique, its text and its time', () => {
  assert.deepEqual(evidenceOf(event({ kind: 'scan' }), received), [
    {
      ip: '198.18.1.40',
      family: 'scan',
      weight: 4,
      key: '01KAJ4A7000000000000000000',
      at: Date.parse(at),
      text: 'It happened.',
      technique: 'T0846',
    },
  ])
  assert.equal(evidenceOf(event({ kind: 'scan', technique: 'T0888' }), received)[0]?.technique, 'T0888')
})

test('a clock that runs ahead makes evidence no younger than its receipt', () =>
  assert.equal(evidenceOf(event({ kind: 'scan', last: '2027-01-01T00:00:00.000Z' }), received)[0]?.at, received))

test('IPv4 written as IPv6 is the same source', () =>
  assert.equal(evidenceOf(event({ source: { ip: '::ffff:198.18.1.40' } }), received)[0]?.ip, '198.18.1.40'))

test('the kinds that are evidence are those that were weighed', () =>
  assert.deepEqual(evidenceKinds.toSorted(), [
    'command-denied',
    'containment',
    'decoy-contact',
    'decoy-login',
    'denial',
    'first-seen',
    'off-hours',
    'scan',
  ]))
