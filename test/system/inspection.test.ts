/** Commands judged in the wire, by a real kernel, between real TCP stacks, at a real server of the protocol. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askLine } from '#edge/inspection/lines.ts'
import { startDaemon } from './edge-process.ts'
import { Cell, policyOf, addresses } from './inspection/cell.ts'
import { Watched } from './inspection/watched.ts'

const read = (id: string) => `${id} 0000 0006 ff 03 0000 0001`
const write = (id: string) => `${id} 0000 0006 ff 06 0000 0384`

describe('one command is refused while the session lives', () => {
  test('reads pass, a write among them is refused in the words of Modbus, and the connection goes on', async () => {
    await using cell = await Cell.build('inspect', {
      policy: policyOf({ service: 'modbus', allow: ['read'] }),
    })
    const plc = cell.start('plc', 'lab/devices/plc.ts', ['--host', addresses.plc])
    await plc.line()
    const hmi = cell.start('hmi')
    assert.ok('port' in (await hmi.ask({ connect: [addresses.plc, 502] })), cell.daemon.log())
    assert.match(await hmi.exchange(read('0001'), 11), /^000100000005ff0302....$/)
    assert.equal(await hmi.exchange(write('0002'), 9), '000200000003ff8601')
    assert.match(await hmi.exchange(read('0003'), 11), /^000300000005ff0302....$/)
    const pipelined = await hmi.exchange(read('0004') + write('0005') + read('0006'), 31)
    assert.equal(pipelined.length, 62, pipelined)
    assert.ok(pipelined.includes('000500000003ff8601'), pipelined)
    const watched = new Watched(cell.daemon)
    const [refused] = await watched.events('command-denied')
    assert.match(
      refused?.text ?? '',
      /hmi asked for write-single-register \(unit 255, registers 0, values 900\) at plc/,
    )
  })

  test('each is told once, also where the answer that told of it went to somebody else, or the daemon was killed', async () => {
    await using cell = await Cell.build('told', { policy: policyOf({ service: 'modbus', allow: ['read'] }) })
    await cell.start('plc', 'lab/devices/plc.ts', ['--host', addresses.plc]).line()
    const hmi = cell.start('hmi')
    await hmi.ask({ connect: [addresses.plc, 502] })
    let { daemon } = cell
    const restart = async () => {
      await daemon.kill('SIGKILL')
      const { policyFile, state, socket } = daemon
      daemon = await startDaemon(cell.world, { edge: 'edge', policyFile, state, socket })
    }
    const told = async () =>
      (await new Watched(daemon).events('command-denied', 0)).reduce((sum, { count }) => sum + count, 0)
    for (let turn = 1; turn <= 3; turn++) {
      assert.equal(await hmi.exchange(write('0001'), 9), '000100000003ff8601')
      // What is asked now is not for the daemon.
      await new Watched(daemon).inspector()
      if (turn === 2) await restart()
      for (const limit = performance.now() + 30_000; (await told()) < turn && performance.now() < limit;)
        await sleep(50)
      assert.equal(await told(), turn)
    }
    await restart()
    await sleep(2500)
    assert.equal(await told(), 3, 'and nothing twice')
  })
})

describe('a bypass', () => {
  test('resets the connections that carried a refused command, at once, and no others', async () => {
    await using cell = await Cell.build('bypass', { policy: policyOf({ service: 'modbus', allow: ['read'] }) })
    const plc = cell.start('plc', 'lab/devices/plc.ts', ['--host', addresses.plc])
    await plc.line()
    const [tried, quiet] = [cell.start('hmi'), cell.start('hmi')]
    for (const hmi of [tried, quiet]) {
      await hmi.ask({ connect: [addresses.plc, 502] })
      assert.match(await hmi.exchange(read('0001'), 11), /^0001/)
    }
    assert.equal(await tried.exchange(write('0002'), 9), '000200000003ff8601')
    assert.match(await quiet.exchange(read('0002'), 11), /^0002/)
    const report = await cell.daemon.call('bypass', { for: '30s', reason: 'test', by: 'test' })
    assert.match(report.text, /1 connection that carried a refused command was reset/)
    assert.equal((await tried.ask({ receive: 1, within: 300 }))['ended'], 'ECONNRESET')
    assert.match(await quiet.exchange(read('0003'), 11), /^0003/)
    assert.match(await quiet.exchange(write('0004'), 12), /^0004/, 'it passes everything')
  })
})

describe('a temporary permit', () => {
  test('covers the whole service where commands are judged, and ends what carried a refusal', async () => {
    await using cell = await Cell.build('permit', {
      policy: policyOf({ service: 'modbus', allow: ['read'], essential: true }),
    })
    const plc = cell.start('plc', 'lab/devices/plc.ts', ['--host', addresses.plc])
    await plc.line()
    const hmi = cell.start('hmi')
    await hmi.ask({ connect: [addresses.plc, 502] })
    assert.equal(await hmi.exchange(write('0001'), 9), '000100000003ff8601')
    await cell.daemon.call('permit', {
      from: addresses.hmi,
      to: addresses.plc,
      service: 'modbus',
      for: '1h',
      reason: 'test',
      by: 'test',
    })
    assert.equal((await hmi.ask({ receive: 1, within: 300 }))['ended'], 'ECONNRESET')
    await hmi.ask({ connect: [addresses.plc, 502] })
    // Exception 02 is the controller's own: the edge would have said 01.
    assert.equal(await hmi.exchange(write('0002'), 9), '000200000003ff8602')
  })
})

describe('in shadow', () => {
  test('commands are judged by copies: nothing is queued or touched, and what would be refused is counted and told', async () => {
    await using cell = await Cell.build('shadow', {
      policy: policyOf({ service: 'modbus', allow: ['read'] }, 'shadow'),
    })
    const plc = cell.start('plc', 'lab/devices/plc.ts', ['--host', addresses.plc])
    await plc.line()
    // What is only watched does not wait for whoever watches it.
    const { place } = new Watched(cell.daemon)
    const isWatched = () => askLine(place.socket('watch', 0), 'report').catch(() => undefined)
    for (const end = performance.now() + 30_000; performance.now() < end && !(await isWatched()); await sleep(50));
    const hmi = cell.start('hmi')
    await hmi.ask({ connect: [addresses.plc, 502] })
    for (let id = 1; id <= 5; id++) {
      assert.match(await hmi.exchange(read(`000${id}`), 11), /^000\d00000005ff0302/)
      // Exception 02 is the controller's own.
      assert.equal(await hmi.exchange(write(`001${id}`), 9), `001${id}00000003ff8602`)
    }
    await sleep(3000)
    const told = (await cell.daemon.events({ limit: 200 })).filter(({ kind }) => kind === 'would-deny-command')
    assert.equal(
      told.reduce((sum, { count }) => sum + count, 0),
      5,
    )
    assert.match(told[0]?.text ?? '', /hmi asked for write-single-register .* It passed: the conduit is only watched/)
    const { inspection } = await cell.daemon.call('status', {})
    assert.deepEqual(
      inspection.conduits.map(({ id, watched, counts }) => [id, watched, counts.wouldDeny, counts.denied]),
      [['operate', true, 5, 0]],
    )
    const { stdout } = await cell.world.exec('edge', 'cat', ['/proc/net/netfilter/nfnetlink_queue'])
    assert.equal(stdout.trim(), '', 'no queue exists')
  })
})
