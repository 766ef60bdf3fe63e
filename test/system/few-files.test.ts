/** A daemon that may open no more files: it tells before, the kernel enforces, a bypass works, and it goes on when there is room. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, it } from 'node:test'
import { Cell, policyText, tcpFrame, until } from './orders/cell.ts'

let cell: Cell
before(async () => {
  cell = await Cell.start('few-files', policyText())
})
after(() => cell.close())

const poll = () => cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502))
const denied = () => cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 502))
const open = () => readdirSync(`/proc/${cell.daemon.pid}/fd`).length
const told = /files that this daemon may open are in use/

it('tells, and what is enforced stays; with room it answers again', async () => {
  const limit = open() + 30
  execFileSync('prlimit', ['--pid', String(cell.daemon.pid), `--nofile=${limit}:20000`])
  // Some first: what comes in one turn of the daemon is told by nobody in time.
  const hold = async (count: number) => {
    const held = Array.from({ length: count }, () => connect(cell.daemon.socket).on('error', () => undefined))
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    return held
  }
  const some = await hold(12)
  await until('it is told', 8000, () => told.test(cell.daemon.log()))
  const all = [...some, ...(await hold(40))]
  try {
    await until('it has no room', 5000, () => open() >= limit)
    await assert.rejects(cell.status(), /edge|answer/)
    assert.deepEqual([await poll(), await denied()], [true, false])
    await cell.edge('bypass', '--for', '10m', '--reason', 'a test', '--state', cell.daemon.state)
    assert.equal(await denied(), true)
  } finally {
    for (const socket of all) socket.destroy()
  }
  execFileSync('prlimit', ['--pid', String(cell.daemon.pid), '--nofile=1024:20000'])
  await until('it answers, and the alarm is over', 20_000, async () => {
    const alarms = await cell.status().then(
      (status) => status.alarms,
      () => undefined,
    )
    return alarms !== undefined && !alarms.some((text) => told.test(text))
  })
  await cell.edge('bypass', '--end')
  assert.deepEqual([await poll(), await denied()], [true, false])
  const events = await cell.events({ kind: ['degraded'] })
  assert.equal(events.filter(({ text }) => told.test(text)).length, 1)
})
