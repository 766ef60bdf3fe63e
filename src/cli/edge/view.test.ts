import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EdgeStatus } from '#schema/control.ts'
import { sampleReport, sampleStatus } from '../../../test/fixtures/edge.ts'
import { Output } from '../output.ts'
import { doctorText } from './doctor.ts'
import { explainText } from './explain.ts'
import { appliedText, changesText, orderText } from './report-view.ts'
import { stateLine, statusText } from './status-view.ts'
import { ago, clock, left, span } from './time.ts'

const now = Date.parse('2026-11-21T10:00:00.000Z')
const view = { now, timezone: 'UTC', rows: 20 }
const silent = { write: () => true }
const pipe = new Output({ json: false, stdout: silent, stderr: silent })
const terminal = new Output({ json: false, stdout: { ...silent, isTTY: true }, stderr: silent })
const bypass = { until: '2026-11-21T10:29:10.000Z', reason: 'line 1 stopped', by: 'alice' }
const pending = { ...sampleStatus.plan, confirmed: false, deadline: '2026-11-21T10:00:42.000Z' }

const states: readonly { name: string; status: Partial<EdgeStatus>; expect: string }[] = [
  { name: 'enforcing', status: {}, expect: 'ENFORCING' },
  { name: 'observing', status: { state: 'observing' }, expect: 'OBSERVING: nothing is denied' },
  { name: 'altered', status: { state: 'altered' }, expect: 'ALTERED: somebody else changed the rules of this edge' },
  {
    name: 'when an unconfirmed policy goes away, and how to keep it',
    status: { state: 'pending', plan: pending },
    expect: 'PENDING: rolls back at 10:00:42 (42s left) unless `bulkhead edge confirm`',
  },
  {
    name: 'how long a bypass lasts, why and by whom',
    status: { state: 'bypassed', bypass },
    expect: 'BYPASSED until 10:29:10 (29m 10s left): everything passes. line 1 stopped, by alice',
  },
  {
    name: 'a bypass before anything else',
    status: { state: 'pending', plan: pending, bypass },
    expect: 'BYPASSED until 10:29:10 (29m 10s left): everything passes. line 1 stopped, by alice',
  },
]
describe('the first line of status says', () => {
  for (const { name, status, expect } of states)
    it(name, () => {
      const whole = { ...sampleStatus, ...status }
      assert.equal(stateLine(whole, pipe, view), expect)
      assert.equal(statusText(whole, pipe, view).split('\n')[0], expect)
    })
})

const shown = (status: Partial<EdgeStatus>, rows = 20): string =>
  statusText({ ...sampleStatus, ...status }, pipe, { ...view, rows })

describe('status', () => {
  it('is one readable page', () =>
    assert.equal(
      shown({}),
      `ENFORCING
Edge    cell-1-edge of riverside, bridge, daemon 4711 up 2h
Policy  a1b2c3d4e5f6, generation 7, confirmed, since 08:00:01
Events  812 stored

CONTAINED    KIND      AT    MAC                LEFT  BY      REASON
198.18.1.40  stranger  cell  02:00:00:00:00:40  1h    kernel  out-of-scope

PERMIT  FROM         TO           SERVICE  LEFT  BY     REASON
p-1     198.18.1.72  198.18.1.10  tcp/502  30m   alice  commissioning

PORT   DEVICE  LINK  ZONES
plant  eth0    up    supervisory, dmz
cell   eth1    up    cell-1

ZONE    MODE     DENIED  WOULD DENY  OBSERVED  INSIDE
cell-1  contain      12           -        10       3
dmz     shadow        -          42         5       -

CONDUIT              FROM         TO        SERVICE  PACKETS  LAST    WINDOW
hmi-operates-fill *  hmi-1        plc-fill  modbus   120,345  1s ago  open
weekend-maintenance  engineering  plcs      s7comm         -  never   closed until 2026-11-28 01:00:00

* essential

COMMANDS ON        MESSAGES  REFUSED  WOULD REFUSE  RESET  WAIT p50      p99     p99.9
hmi-operates-fill     1,000        2             -      -   < 16 µs  < 64 µs  < 256 µs

INSPECTOR  STATE    PROCESS  RESTARTS
open 100   judging     4720         -

1 connection carried a refused command: not seamlessly bypassable, reset if the inspector ends.

DENY               PACKETS  LAST
no-smb-into-cells        -  never

COUNTER  PACKETS  LAST
scan           4  never`,
    ))
  it('says how many decoys stand, and that nobody answers for them', () => {
    const decoys = { standing: 147, withdrawn: 1, stations: 16, epoch: 3, host: 'down', contacts: 2 } as const
    assert.equal(
      shown({ decoys }).split('\n')[4],
      'Decoys  147 on 16 Ethernet addresses, 2 contacts, 1 left to somebody else, NOBODY ANSWERS FOR THEM',
    )
  })
  it('puts alarms right under the state', () =>
    assert.equal(shown({ alarms: ['clock is wrong'] }).split('\n')[1], '! clock is wrong'))
  it('names an isolated zone and a port without a link', () => {
    const text = shown({
      zones: [{ ...sampleStatus.zones[0]!, island: true }],
      ports: [{ ...sampleStatus.ports[0]!, up: false }],
    })
    assert.match(text, /cell-1 {2}contain, ISOLATED/)
    assert.match(text, /plant {2}eth0 {4}DOWN/)
  })
  it('cuts long tables and says so', () => {
    const conduits = Array.from({ length: 10_000 }, (_, at) => ({ ...sampleStatus.conduits[0]!, id: `c-${at}` }))
    const text = shown({ conduits }, 5)
    assert.match(text, /… and 9,995 more conduits: --all/)
    assert.equal(text.match(/^c-\d+ /gm)?.length, 5)
  })
  it('says how many are contained where the edge does not list all of them', () => {
    const containments = Array.from({ length: 10 }, () => sampleStatus.containments[0]!)
    assert.match(shown({ containments, contained: 65_536 }, 10), /… and 65,526 more containments, too many to list/)
    assert.match(shown({ containments, contained: 65_536 }, 5), /… and 65,531 more containments: --all/)
  })
  it('shows every row when asked', () => {
    const conduits = Array.from({ length: 100 }, (_, at) => ({ ...sampleStatus.conduits[0]!, id: `c-${at}` }))
    assert.equal(shown({ conduits }, Infinity).match(/^c-\d+ /gm)?.length, 100)
  })
  it('is without colour in a pipe, and coloured on a terminal', () => {
    const escape = '\u001B['
    assert.ok(!shown({ alarms: ['x'], state: 'pending' }).includes(escape))
    const kept = process.env['NO_COLOR']
    const term = process.env['TERM']
    delete process.env['NO_COLOR']
    process.env['TERM'] = 'xterm'
    try {
      assert.ok(statusText(sampleStatus, terminal, view).includes(escape))
    } finally {
      if (kept !== undefined) process.env['NO_COLOR'] = kept
      if (term === undefined) delete process.env['TERM']
      else process.env['TERM'] = term
    }
  })
  it('lets no text of others steer the terminal', () => {
    const evil = 'x\u001B[2Jy\nENFORCING'
    const text = shown({
      alarms: [evil],
      bypass: { ...bypass, reason: evil },
      containments: [{ ...sampleStatus.containments[0]!, reason: evil }],
    })
    assert.ok(!text.includes('\u001B'))
    assert.ok(!text.includes('\nENFORCING'))
  })
})

describe('an applied policy', () => {
  it('shows what breaks first', () =>
    assert.equal(
      changesText(sampleReport, pipe),
      `Newly denied (1)
  - 198.18.1.72 → 198.18.1.10: tcp/502
Newly permitted (1)
  + historian → plc-fill: modbus
Modes (1)
  ~ dmz: shadow → enforce
Warnings (1)
  ! conduit weekend-maintenance expires in 20 days`,
    ))
  it('shows what else is another one', () =>
    assert.match(
      changesText({ ...sampleReport, other: ['conduits: operate: deny-action: exception → log'] }, pipe),
      /^Also changed \(1\)\n {2}~ conduits: operate: deny-action: exception → log$/m,
    ))
  it('says that nothing changes', () =>
    assert.equal(
      changesText({ ...sampleReport, permitted: [], denied: [], modes: [], warnings: [] }, pipe),
      'No conversation is newly permitted or denied.',
    ))
  it('lists at most forty of a kind', () => {
    const denied = Array.from({ length: 100 }, (_, at) => `${at}`)
    const text = changesText({ ...sampleReport, denied }, pipe)
    assert.match(text, /Newly denied \(100\)/)
    assert.match(text, /… and 60 more: --json/)
  })
  it('says how to keep it and how it goes away', () => {
    const text = appliedText(sampleReport, now)
    assert.match(text, /^Policy ffeeddccbbaa is enforced as generation 8 after 41 ms\.$/m)
    assert.match(text, /bulkhead edge confirm +within 1m$/m)
    assert.match(text, /bulkhead edge rollback +now, or by itself at /)
  })
  it('needs no confirmation without a deadline', () => {
    const { deadline: _, ...rest } = sampleReport
    assert.equal(appliedText(rest, now), 'Policy ffeeddccbbaa is enforced as generation 8 after 41 ms.')
  })
})

const ms = { total: 3.21, kernel: 0.6 }
const orders: readonly { name: string; order: Parameters<typeof orderText>[0]; expect: RegExp }[] = [
  { name: 'what was done and how fast', order: { id: 'x', ms, text: 'revoked' }, expect: /^Revoked \(3\.2 ms\)\.$/ },
  {
    name: 'until when',
    order: { id: 'x', ms, text: '198.18.1.40 is contained for 1h', expires: '2026-11-21T11:00:00.000Z' },
    expect: /^198\.18\.1\.40 is contained for 1h until \d\d:00:00 \(3\.2 ms\)\.$/,
  },
  {
    name: 'until when only once',
    order: { id: 'x', ms, text: 'bypassed until 2026-11-21T12:00:00.000Z.', expires: '2026-11-21T12:00:00.000Z' },
    expect: /^Bypassed until \d\d:00:00 \(3\.2 ms\)\.$/,
  },
]
describe('the answer to an order says', () => {
  for (const { name, order, expect } of orders) it(name, () => assert.match(orderText(order, now), expect))
})

describe('an explanation', () => {
  it('begins with the verdict and ends with the trace', () =>
    assert.equal(
      explainText(
        { verdict: 'deny', reason: 'zone-default', text: 'No conduit.', trace: [{ check: 'contained', result: 'no' }] },
        pipe,
      ),
      `DENY  (zone-default)\nNo conduit.\n\nCHECK      RESULT\ncontained  no`,
    ))
})

describe('doctor', () => {
  it('puts the level first and the advice under it', () =>
    assert.equal(
      doctorText(
        [
          { id: 'nft-inet', level: 'ok', found: 'nft-inet: available' },
          {
            id: 'rules',
            level: 'broken',
            found: 'the kernel does not enforce this plan',
            advice: 'Restart the daemon.',
          },
        ],
        pipe,
      ),
      `ok        nft-inet: available
broken    rules: the kernel does not enforce this plan
          Restart the daemon.
1 of 2 findings need a person.`,
    ))
  it('says when nothing is missing', () =>
    assert.match(doctorText([{ id: 'a', level: 'note', found: 'b' }], pipe), /Everything that is needed is there\.$/))
})

const times: readonly { name: string; is: string; expect: string }[] = [
  { name: 'two units', is: span(((26 * 60 + 5) * 60 + 7) * 1000), expect: '1d 2h' },
  { name: 'seconds', is: span(45_900), expect: '45s' },
  { name: 'nothing', is: span(-5), expect: '0s' },
  { name: 'today without a date', is: clock('2026-11-21T10:30:00.000Z', now, 'UTC'), expect: '10:30:00' },
  { name: 'the local time', is: clock('2026-11-21T10:30:00.000Z', now, 'Europe/Berlin'), expect: '11:30:00' },
  {
    name: 'another day with its date',
    is: clock('2026-11-28T01:00:00.000Z', now, 'UTC'),
    expect: '2026-11-28 01:00:00',
  },
  { name: 'what is over', is: left('2026-11-21T09:00:00.000Z', now), expect: 'over' },
  { name: 'what never was', is: ago(undefined, now), expect: 'never' },
]
describe('a time is shown as', () => {
  for (const { name, is, expect } of times) it(name, () => assert.equal(is, expect))
})
