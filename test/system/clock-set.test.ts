/** A machine that came up years ahead or days behind, and whose clock is set right while the edge runs. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { given } from '../fixtures/given.ts'
import { Cell, hosts, policyText, tcpFrame, until } from './orders/cell.ts'

const yearMs = 365 * 86_400_000
const minuteMs = 60_000
/** Five years and twelve hours: its windows are others than those of now. */
const aheadMs = 5 * yearMs + 720 * minuteMs

/** Environment of a process whose clock is as many ms ahead as a file says. */
const clockOf = (file: string): NodeJS.ProcessEnv => {
  const code = `const Real = Date
const { readFileSync } = process.getBuiltinModule('node:fs')
let ahead = 0
let read = -1000
const now = () => {
  if (performance.now() - read > 50) {
    ahead = Number(readFileSync(${JSON.stringify(file)}, 'utf8'))
    read = performance.now()
  }
  return Real.now() + ahead
}
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(now()); else super(...given) }
  static now() { return now() }
}`
  return { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(code).toString('base64')}` }
}

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(11, 16)
const around = (ms: number): string =>
  `[{ from: '${timeOf(ms - 120 * minuteMs)}', to: '${timeOf(ms + 120 * minuteMs)}' }]`

let cell: Cell
/** Whether so much is left of an hour. */
const hourLong = (iso: string | undefined): boolean => {
  const left = Date.parse(iso ?? '') - Date.now()
  return left > 50 * minuteMs && left < 70 * minuteMs
}
const toContain = { ip: hosts.laptop.ip4, for: '1h', reason: 'unknown laptop', by: 'test' }
const toPermit = { from: hosts.ews.ip4, to: hosts.drive.ip4, service: 'tcp/104', for: '1h', reason: 'x', by: 'test' }

describe('a clock that was years ahead', () => {
  const file = `/run/ahead-${process.pid}`
  const began = Date.now()
  const passes = (port: number) => cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, port))
  before(async () => {
    writeFileSync(file, String(aheadMs))
    cell = await Cell.start(
      'clock-set',
      policyText({
        groups: `  then: { times: ${around(began + aheadMs)} }\n  today: { times: ${around(began)} }`,
        conduits: `  - { id: wrong, from: ews, to: plc, service: tcp/102, when: then, reason: x, owner: line }
  - { id: right, from: ews, to: plc, service: tcp/103, when: today, reason: x, owner: line }`,
      }),
      { env: clockOf(file) },
    )
  })
  after(() => cell.close())

  it('opens what is open then', async () => {
    assert.deepEqual([await passes(102), await passes(103)], [true, false])
    await cell.daemon.call('contain', toContain)
    await cell.daemon.call('permit', toPermit)
  })

  it('opens and closes by the right clock within a minute of being set back', async () => {
    writeFileSync(file, '0')
    await until('windows of now', 60_000, async () => (await passes(103)) && !(await passes(102)))
    const rows = new Map((await cell.status()).conduits.map((row) => [row.id, row.open]))
    assert.deepEqual([rows.get('wrong'), rows.get('right')], [false, true])
  })

  it('is told once, with both times, and stays an alarm', async () => {
    const told = await cell.events({ kind: ['clock'] })
    assert.equal(told.length, 1, told.map(({ text }) => text).join('\n'))
    const { from, to } = told[0]?.details ?? {}
    assert.ok(Math.abs(Date.parse(String(from)) - aheadMs - Date.now()) < 5 * minuteMs, String(from))
    assert.ok(Math.abs(Date.parse(String(to)) - Date.now()) < 5 * minuteMs, String(to))
    const alarm = (await cell.status()).alarms.find((text) => text.startsWith('The clock was set back from '))
    assert.ok(alarm?.includes(String(from)) && alarm.includes(String(to)), alarm)
  })

  it('leaves orders and permits the time that was left to them, also over a restart', async () => {
    const look = async () => {
      const { containments, permits } = await cell.status()
      const { since, expires } = containments.find(({ ip }) => ip === hosts.laptop.ip4) ?? {}
      assert.ok(hourLong(expires), `contained until ${expires ?? 'nobody knows when'}`)
      assert.ok(Date.parse(since ?? '') <= Date.now(), since)
      assert.ok(hourLong(permits[0]?.expires), `permitted until ${permits[0]?.expires ?? 'nobody knows when'}`)
    }
    await look()
    await cell.restart()
    await look()
    assert.deepEqual([await passes(102), await passes(103)], [false, true])
    assert.deepEqual((await cell.events({ kind: ['clock'] })).length, 1, 'nothing more is wrong with the clock')
  })
})

describe('a clock that was days behind', () => {
  const file = `/run/behind-${process.pid}`
  const uses = () => cell.passes('ews', 'drive', tcpFrame({ from: 'ews', to: 'drive' }, 104))
  before(async () => {
    writeFileSync(file, String(-10 * 1440 * minuteMs))
    cell = await Cell.start('clock-forth', policyText(), { env: clockOf(file) })
    await cell.daemon.call('contain', toContain)
    await cell.daemon.call('permit', toPermit)
    assert.equal(await uses(), true)
  })
  after(() => cell.close())

  it('leaves orders and permits the time that was left to them, and who gave them, when it is set', async () => {
    writeFileSync(file, '0')
    const [told] = await cell.events({ kind: ['clock'] })
    assert.match(told?.text ?? '', /^The clock was set forth/)
    const look = async () => {
      const { containments, permits } = await cell.status()
      assert.deepEqual(
        containments.map(({ ip, reason, by }) => ({ ip, reason, by })),
        [{ ip: toContain.ip, reason: toContain.reason, by: 'test' }],
      )
      assert.ok(hourLong(containments[0]?.expires), containments[0]?.expires)
      assert.equal(permits.length, 1, 'what the kernel permits is listed')
      assert.ok(hourLong(permits[0]?.expires), permits[0]?.expires)
    }
    await look()
    // A start ends in the store whose time is over.
    await cell.restart()
    await look()
    assert.deepEqual(await cell.events({ kind: ['release'] }, 0), [], 'nothing has ended')
  })

  it('and what is permitted can be revoked', async () => {
    const [permit] = (await cell.status()).permits
    await cell.edge('revoke', permit?.id ?? '')
    assert.equal(await uses(), false)
  })
})

describe('a clock of 1970', () => {
  const file = `/run/power-cut-${process.pid}`
  const deadline = async () => Date.parse((await cell.status()).plan.deadline ?? '')
  before(async () => {
    writeFileSync(file, '0')
    cell = await Cell.start('clock-1970', policyText(), { env: clockOf(file) })
  })
  after(() => cell.close())

  it('gives a policy the time that was said until it rolls back, also when it is set and the daemon starts anew', async () => {
    writeFileSync(file, String(-Date.now()))
    await until('it is not believed', 30_000, async () =>
      (await cell.status()).alarms.some((text) => text.startsWith('The clock is before the newest time on record')),
    )
    const path = `${cell.daemon.state}/next.yaml`
    writeFileSync(path, policyText({ conduits: '' }))
    await cell.daemon.call('apply', { ...given(path), by: 'test', confirm: '1h' })
    assert.ok(hourLong(new Date(await deadline()).toISOString()), new Date(await deadline()).toISOString())
    writeFileSync(file, '0')
    await cell.events({ kind: ['clock'] }, 2)
    await cell.restart('SIGKILL')
    // Time enough for whoever takes the deadline for one that is over.
    await sleep(3000)
    assert.equal((await cell.status()).state, 'pending')
    assert.ok(hourLong(new Date(await deadline()).toISOString()), new Date(await deadline()).toISOString())
  })
})
