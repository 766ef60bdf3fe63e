import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Order } from '#schema/manager-orders.ts'
import { Output } from '../output.ts'
import { blastText, orderColumns, orderText } from './view.ts'

const now = Date.UTC(2026, 10, 20, 12)
const at = (ms: number): string => new Date(now + ms).toISOString()
const waiting: Order = {
  id: '01KAJ3Q4V8ZZZZZZZZZZZZZZZZ',
  ip: '198.18.1.40',
  scope: { level: 'site', site: 'north' },
  state: 'waiting',
  automatic: false,
  known: ['north hmi'],
  seconds: 3600,
  reason: 'Contained.',
  why: 'no agreed response covers it',
  by: 'manager',
  created: at(-60_000),
  expires: at(3 * 3600_000),
}
const output = new Output({ json: false, stdout: { write: () => true } })

it('an order is one line that says who waits for what, and how long it stays', () =>
  assert.equal(
    output.table([waiting], orderColumns(now)),
    [
      'ID                          ADDRESS      REACHES  STATE    LEFT  BY       WHY',
      '01KAJ3Q4V8ZZZZZZZZZZZZZZZZ  198.18.1.40  north    waiting    3h  manager  no agreed response covers it: Contained.',
    ].join('\n'),
  ))
it('an order is told with all that belongs to it', () =>
  assert.equal(
    orderText({ ...waiting, decided: { at: at(0), by: 'bob', reason: 'seen' } }),
    [
      `198.18.1.40 at north: waiting, until ${at(3 * 3600_000)}`,
      '  order    01KAJ3Q4V8ZZZZZZZZZZZZZZZZ',
      '  by       manager',
      '  reason   Contained.',
      '  waits    no agreed response covers it',
      '  known    north hmi',
      `  decided  by bob at ${at(0)}: seen`,
    ].join('\n'),
  ))
it('what would stop is told by site, and what goes on', () =>
  assert.equal(
    blastText(output, {
      days: 14,
      sites: [
        {
          site: 'north',
          peers: 1,
          packets: 57,
          conduits: [{ id: 'control', essential: true, peers: 1, packets: 50 }],
          elsewhere: 7,
          talks: [
            {
              with: '198.18.1.10',
              asset: 'plc',
              protocol: 'tcp',
              port: 502,
              conduit: 'control',
              essential: true,
              packets: 50,
              last: at(0),
            },
          ],
        },
      ],
    }),
    [
      'Recorded in the last 14 days:',
      'north: 1 peer, 57 packets',
      '  conduit control: 50 packets, essential: goes on',
      '  outside every conduit: 7 packets',
      '  WITH  SERVICE  CONDUIT  PACKETS  LAST',
      '  plc   tcp/502  control       50  2026-11-20 12:00',
    ].join('\n'),
  ))
