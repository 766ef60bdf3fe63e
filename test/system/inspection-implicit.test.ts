/** Traffic whose time is counted in milliseconds never enters user space: no packet of it is queued, beside a conduit whose commands are. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ethernet, ipv4, udp, type Tag } from '#packet/build.ts'
import { etherTypes } from '#protocols/layer2.ts'
import { addresses, Cell, macs, policyOf } from './inspection/cell.ts'
import { Watched } from './inspection/watched.ts'

const count = 200
const frame = (etherType: number, dst: string = macs.plc, tags: readonly Tag[] = []) =>
  ethernet({ dst, src: macs.hmi, tags, etherType, payload: new Uint8Array(60).fill(0x5a) })
const ends = { src: addresses.hmi, dst: addresses.plc }
const implicit = ethernet({
  dst: macs.plc,
  src: macs.hmi,
  etherType: 0x0800,
  payload: ipv4({ ...ends, proto: 17, payload: udp(ends, { sport: 2222, dport: 2222, payload: new Uint8Array(40) }) }),
})
const priority = [{ id: 0, priority: 4 }]
const rows: Readonly<Record<string, Uint8Array>> = {
  GOOSE: frame(etherTypes.goose),
  'GOOSE to its multicast address, with a priority': frame(etherTypes.goose, '01:0c:cd:01:00:01', priority),
  'sampled values': frame(etherTypes.sv, '01:0c:cd:04:00:01', priority),
  'PROFINET RT': frame(etherTypes.profinet),
  EtherCAT: frame(etherTypes.ethercat),
  'implicit I/O of EtherNet/IP': implicit,
}

describe('beside a conduit whose commands are judged', () => {
  let cell: Cell
  const queued = async (): Promise<number[]> => {
    const { stdout } = await cell.world.exec('edge', 'cat', ['/proc/net/netfilter/nfnetlink_queue'])
    // The last but one column is the number of the packet queued last.
    return stdout
      .trim()
      .split('\n')
      .map((line) => Number(line.trim().split(/\s+/).at(-2)))
  }
  before(async () => {
    const policy: Record<string, unknown> = JSON.parse(
      policyOf({ service: 'enip', allow: ['read', 'session', 'discover'] }),
    )
    policy['layer2'] = [
      { zones: ['office', 'line'], allow: ['goose', 'sv', 'profinet', 'ethercat'], reason: 'process data' },
    ]
    cell = await Cell.build('implicit', { policy: JSON.stringify(policy) })
    cell.world.listen()
    // Nobody may send heartbeats while packets are counted.
    const watched = new Watched(cell.daemon)
    const report = await watched.report()
    assert.ok(report !== undefined && report.queues.length > 0)
    await cell.daemon.kill('SIGKILL')
    process.kill(report.pid, 'SIGSTOP')
    await sleep(100)
  })
  after(() => cell[Symbol.asyncDispose]())

  for (const [name, bytes] of Object.entries(rows))
    test(`${name}: ${count} of ${count} pass, and none is queued`, async () => {
      cell.world.received('plc')
      const known = await queued()
      assert.ok(known.length > 0, 'there is no queue')
      for (let sent = 0; sent < count; sent++) cell.world.send('hmi', bytes)
      await sleep(50)
      const passed = cell.world.received('plc').filter((got) => Buffer.compare(got, bytes) === 0).length
      assert.deepEqual([passed, await queued()], [count, known])
    })

  test('an explicit message is queued', async () => {
    const known = await queued()
    const hmi = cell.start('hmi')
    await hmi.ask({ connect: [addresses.plc, 44_818] })
    assert.notDeepEqual(await queued(), known)
  })
})
