import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Event } from '#schema/event.ts'
import { recordingOf } from './edge-records.ts'

const base = { class: 'P1', kind: 'denial', site: 'site', edge: 'edge', text: 'Denied.' } as const
const eventOf = (number: number, more: Record<string, unknown>): Event =>
  Event.parse({
    ...base,
    id: `01KAJ4A700000000000000000${number}`,
    time: '2026-11-21T10:00:10.000Z',
    count: 12,
    first: '2026-11-21T10:00:00.120Z',
    last: '2026-11-21T10:00:09.870Z',
    source: { ip: '198.18.1.72', mac: '00:1b:1b:aa:00:72', vlan: 0, port: 'plant' },
    destination: { ip: '198.18.1.10', asset: 'plc' },
    protocol: 'tcp',
    port: 102,
    ...more,
  })

test('events of one conversation are one conversation, with all their packets', () => {
  const { capture, conversations, endpoints, bindings } = recordingOf(
    [eventOf(0, {}), eventOf(1, { count: 3, last: '2026-11-21T10:01:00.000Z' })],
    'edge:site/edge',
  )
  assert.deepEqual(
    [...conversations.values()].map(({ client, server, proto, port, packets, last }) => ({
      client,
      server,
      proto,
      port,
      packets,
      last,
    })),
    [
      {
        client: '198.18.1.72',
        server: '198.18.1.10',
        proto: 6,
        port: 102,
        packets: [15, 0],
        last: Date.parse('2026-11-21T10:01:00.000Z'),
      },
    ],
  )
  assert.equal(endpoints.get('0 198.18.1.72')?.sent, 15)
  assert.equal(endpoints.get('0 198.18.1.10')?.received, 15)
  assert.equal([...bindings.values()][0]?.packets, 15)
  assert.equal(capture.digest, 'edge:site/edge 01KAJ4A7000000000000000001')
})

test('frames that are not IP are between Ethernet addresses', () => {
  const ends = { source: { mac: '00:1b:1b:aa:00:72' }, destination: { mac: '00:1b:1b:aa:00:10' } }
  const { conversations } = recordingOf([eventOf(0, { ...ends, protocol: '0x8892', port: undefined })], 'edge')
  const [one] = conversations.values()
  assert.deepEqual(
    [one?.client, one?.server, one?.etherType, one?.proto],
    [ends.source.mac, ends.destination.mac, 0x8892, undefined],
  )
})

test('an event that names no destination is known of its source alone', () => {
  const { conversations, endpoints } = recordingOf([eventOf(0, { destination: undefined })], 'edge')
  assert.equal(conversations.size, 0)
  assert.equal(endpoints.size, 2)
})
