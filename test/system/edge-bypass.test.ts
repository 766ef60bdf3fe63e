/** The way out when production stands still: bypass through the daemon, past a daemon that hangs, and without one. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bulkheadAtEdge, type Daemon, startDaemon } from './edge-process.ts'
import { until } from './until.ts'
import { createWorld, type World } from './world/world.ts'

const plc = '198.18.1.10'
const policy = `version: 1
site: riverside
timezone: UTC
edges:
  cell-edge:
    bridge: br0
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell] }
zones:
  cell: { level: 1, networks: [198.18.1.0/26], mode: contain }
  supervisory: { level: 2, networks: [198.18.1.64/26], mode: contain }
assets:
  plc: { ips: [${plc}], macs: ["02:00:00:00:00:10"], zone: cell, kind: plc }
  hmi: { ips: [198.18.1.70], macs: ["02:00:00:00:00:70"], zone: supervisory, kind: hmi }
conduits:
  - { id: operate, from: hmi, to: plc, service: modbus, reason: operators, owner: line }
`

// Nobody listens on the port: a packet that arrives is answered by a reset.
const knock = `const s = require('node:net').connect(22, '${plc}')
s.on('error', (e) => { console.log(e.code); process.exit() })
setTimeout(() => { console.log('silence'); process.exit() }, 500)`

let world: World
let daemon: Daemon
const knocked = async (): Promise<string> => (await world.exec('hmi', process.execPath, ['-e', knock])).stdout.trim()
const edge = (...words: readonly string[]) => bulkheadAtEdge(world, ['edge', ...words, '--socket', daemon.socket])
const firstLine = async (): Promise<string> => (await edge('status')).stdout.split('\n')[0] ?? ''
const again = () =>
  startDaemon(world, {
    edge: 'cell-edge',
    policyFile: daemon.policyFile,
    state: daemon.state,
    socket: daemon.socket,
  })
const passes = 'ECONNREFUSED'
const denied = 'silence'

describe('a bypass', () => {
  before(async () => {
    world = await createWorld({
      name: 'bypass',
      ports: ['plant', 'cell'],
      bridged: false,
      hosts: {
        hmi: { port: 'plant', mac: '02:00:00:00:00:70', ip4: '198.18.1.70/24' },
        plc: { port: 'cell', mac: '02:00:00:00:00:10', ip4: `${plc}/24` },
      },
    })
    daemon = await startDaemon(world, { policy, edge: 'cell-edge' })
  })
  after(async () => {
    await daemon.stop()
    await world.close()
  })

  it('through the daemon opens the wire, says so first, and closes it again', async () => {
    assert.equal(await knocked(), denied)
    assert.match(await firstLine(), /^ENFORCING/)
    const { code, stderr } = await edge('bypass', '--for', '10m', '--reason', 'line 1 stopped')
    assert.deepEqual([code, stderr], [0, ''])
    assert.equal(await knocked(), passes)
    assert.match(await firstLine(), /^BYPASSED until .* \(9m \d+s left\): everything passes\. line 1 stopped, by /)
    assert.equal((await edge('bypass', '--end')).code, 0)
    assert.equal(await knocked(), denied)
    assert.match(await firstLine(), /^ENFORCING/)
  })

  it('passes by a daemon that hangs, which does not repeat it when it goes on', async () => {
    await daemon.kill('SIGSTOP')
    const { code, stdout } = await edge('bypass', '--for', '10m', '--reason', 'it hangs')
    assert.equal(code, 0)
    assert.match(stdout, /does not answer\. The bypass was set directly in the kernel/)
    assert.equal(await knocked(), passes)
    assert.equal((await edge('bypass', '--end')).code, 0)
    assert.equal(await knocked(), denied)
    await daemon.kill('SIGCONT')
    await sleep(500)
    assert.match(await firstLine(), /^ENFORCING/)
    assert.equal(await knocked(), denied)
    const events = await daemon.events({ kind: ['bypass-start'] })
    assert.ok(!events.some(({ text }) => text.includes('it hangs')))
  })

  it('needs no daemon, and ends by itself', async () => {
    await daemon.kill('SIGKILL')
    assert.equal(await knocked(), denied)
    const { code, stdout } = await edge('bypass', '--for', '6s', '--reason', 'nobody is there', '--json')
    assert.equal(code, 0)
    // Which memory belongs to a socket of this test nobody can tell.
    assert.match(stdout, /^\{"bypassed":true,"until":"20[^"]*","direct":true,"recorded":false\}\n$/)
    assert.equal(await knocked(), passes)
    const limit = performance.now() + 30_000
    while ((await knocked()) === passes) assert.ok(performance.now() < limit, 'it ends')
  })

  it('without a daemon says where it is in no record, and is recorded with a name where it is', async () => {
    const words = ['bypass', '--for', '10m', '--reason', 'nobody is there']
    const { stdout: unknown } = await edge(...words)
    assert.match(
      unknown,
      /directly in the kernel: everything passes for 10m\.\nIt is in no record, .* --state\. .*\nEnd it: /,
    )
    const { stdout: unwritable } = await edge(...words, '--state', '/proc')
    assert.match(unwritable, /\nIt is in no record: \/proc cannot be written\. A restart of the machine ends it\.\n/)
    const { stdout: known } = await edge(...words, '--state', daemon.state)
    assert.doesNotMatch(known, /no record/)
    const { stdout: doctor } = await edge('doctor')
    assert.match(doctor, /degraded {2}rules: the kernel has generation \d+ .* no daemon watches it/)
    assert.match(doctor, /degraded {2}bypass: everything passes for (9|10) min more[^]*`bulkhead edge bypass --end`/)
    daemon = await again()
    assert.match(await firstLine(), /^BYPASSED until .* nobody is there, by \w+, without the daemon$/)
    assert.match((await edge('doctor')).stdout, /degraded {2}bypass: everything passes for (9|10) min more/)
    assert.equal((await edge('bypass', '--end')).code, 0)
  })

  it('is over when it is over, and the record says so', async () => {
    assert.equal((await edge('bypass', '--for', '2s', '--reason', 'short')).code, 0)
    await until('it is told', async () =>
      (await daemon.events({ kind: ['bypass-end'] })).some(({ by }) => by === 'kernel'),
    )
    assert.equal(await knocked(), denied)
  })

  it('keeps its time when the machine restarts', async () => {
    assert.equal((await edge('bypass', '--for', '10m', '--reason', 'line 1 stopped')).code, 0)
    await daemon.kill('SIGKILL')
    const restart = () => world.exec('edge', 'nft', ['flush', 'ruleset'])
    await restart()
    assert.equal((await bulkheadAtEdge(world, ['edge', 'load', '--state', daemon.state])).code, 0)
    assert.equal(await knocked(), passes)
    await restart()
    daemon = await again()
    assert.equal(await knocked(), passes)
    assert.match(await firstLine(), /^BYPASSED until .* \(9m \d+s left\): everything passes\. line 1 stopped, by /)
    assert.equal((await edge('bypass', '--end')).code, 0)
    await daemon.kill('SIGKILL')
    await restart()
    daemon = await again()
    assert.equal(await knocked(), denied, 'and one that was ended does not come back')
  })

  it('says that there is nothing to bypass where no edge enforces', async () => {
    const words = ['src/cli/main.ts', 'edge', 'bypass', '--for', '1m', '--reason', 'x', '--socket', '/nonexistent/x']
    const { code, stderr } = await world.exec('plc', process.execPath, [
      '--disable-warning=ExperimentalWarning',
      ...words,
    ])
    assert.equal(code, 1)
    // There is no bridge in this network either: then nothing passes, and a person who must get a line running is told so.
    assert.match(stderr, /nothing to bypass: .* no bridge joins any ports/)
    assert.match(stderr, /ip link add br0 type bridge/)
  })
})
