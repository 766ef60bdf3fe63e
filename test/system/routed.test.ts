/** An edge that routes instead of bridging: the same decisions between two networks, over IPv4 and IPv6. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sysctls, readSysctl } from '#linux/sysctl.ts'
import { type Daemon, startDaemon } from './edge-process.ts'
import { until } from './until.ts'
import { addressesOf, createRoutedWorld, macOf, type RoutedHost } from './world/routed.ts'
import type { World } from './world/world.ts'

const hosts = {
  hmi: { port: 'plant', number: 70 },
  ews: { port: 'plant', number: 72 },
  stranger: { port: 'plant', number: 99 },
  plc: { port: 'cell', number: 10 },
  decoy: { port: 'cell', number: 20 },
} as const satisfies Record<string, RoutedHost>
const addresses = {
  hmi: addressesOf(hosts.hmi),
  ews: addressesOf(hosts.ews),
  stranger: addressesOf(hosts.stranger),
  plc: addressesOf(hosts.plc),
  decoy: addressesOf(hosts.decoy),
} as const
type Name = keyof typeof addresses
type Family = 4 | 6
const families = [4, 6] as const

const asset = (name: Name, zone: string, kind: string) =>
  `  ${name}: { ips: ['${addresses[name][4]}', '${addresses[name][6]}'], macs: ['${macOf(hosts[name])}'], zone: ${zone}, kind: ${kind} }`

const policy = `version: 1
site: riverside
timezone: UTC
edges:
  border:
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell] }
zones:
  cell: { level: 1, networks: [198.18.1.0/24, 'fd00:198:18:1::/64'], mode: contain }
  supervisory: { level: 2, networks: [198.18.2.0/24, 'fd00:198:18:2::/64'], mode: contain }
assets:
${asset('plc', 'cell', 'plc')}
${asset('decoy', 'cell', 'other')}
${asset('hmi', 'supervisory', 'hmi')}
${asset('ews', 'supervisory', 'engineering')}
conduits:
  - { id: operate, from: hmi, to: plc, service: tcp/502, reason: operators, owner: line }
redirects:
  - { id: portal4, from: 198.18.2.0/24, to: plc, ports: [tcp/80], target: '${addresses.decoy[4]}:8080' }
  - { id: portal6, from: 'fd00:198:18:2::/64', to: plc, ports: [tcp/80], target: '[${addresses.decoy[6]}]:8080' }
`

/** Listens on ports of both families and answers every connection with its name. */
const listener = (name: string, ports: readonly number[]) =>
  `for (const port of ${JSON.stringify(ports)}) require('node:net').createServer((s) => { s.on('error', () => {}); s.end(${JSON.stringify(name)}) }).listen(port, '::', () => console.log(port))`
/** Connects, and says what it heard. */
const caller = (ip: string, port: number) =>
  `const s = require('node:net').connect(${port}, '${ip}'); let t = ''; s.on('data', (d) => (t += d)); s.on('close', () => { console.log(t); process.exit() }); s.on('error', (e) => { console.log(e.code); process.exit() }); setTimeout(() => { console.log('silence'); process.exit() }, 400)`

let world: World
let daemon: Daemon
const calls = async (from: Name, to: Name, port: number, family: Family): Promise<string> =>
  (await world.exec(from, process.execPath, ['-e', caller(addresses[to][family], port)])).stdout.trim()
/** What both families hear, at the same time. */
const both = (from: Name, to: Name, port: number) =>
  Promise.all(families.map((family) => calls(from, to, port, family)))
const contained = async () =>
  (await daemon.call('status', {})).containments.map(({ ip, kind }) => `${kind} ${ip}`).toSorted()

describe('a routed edge', () => {
  before(async () => {
    world = await createRoutedWorld('routed', hosts)
    for (const [name, ports] of [
      ['plc', [22, 80, 502]],
      ['decoy', [8080]],
    ] as const) {
      const child = world.spawn(name, process.execPath, ['-e', listener(name, ports)])
      let listening = 0
      await new Promise<void>((resolve) =>
        child.stdout?.on('data', (text: Buffer) => {
          listening += String(text).trim().split('\n').length
          if (listening === ports.length) resolve()
        }),
      )
      ends.push(() => child.kill('SIGKILL'))
    }
    daemon = await startDaemon(world, { policy, edge: 'border', routed: true })
  })
  const ends: (() => unknown)[] = []
  after(async () => {
    for (const end of ends) end()
    await daemon.stop()
    await world.close()
  })

  it('forwards, and says that it routes', async () => {
    assert.equal(readSysctl(sysctls.ipForward, { namespace: world.edge }), '1')
    assert.equal(readSysctl(sysctls.ipv6Forward, { namespace: world.edge }), '1')
    const { kind, state, alarms } = await daemon.call('status', {})
    assert.deepEqual({ kind, state, alarms }, { kind: 'routed', state: 'enforcing', alarms: [] })
  })

  it('lets through what a conduit permits', async () => {
    assert.deepEqual(await both('hmi', 'plc', 502), ['plc', 'plc'])
  })

  it('denies a known asset everything else, and contains nobody for it', async () => {
    assert.deepEqual(await both('hmi', 'plc', 22), ['silence', 'silence'])
    assert.deepEqual(await both('ews', 'plc', 502), ['silence', 'silence'])
    assert.deepEqual(await contained(), [])
  })

  it('contains a stranger at its first packet', async () => {
    assert.deepEqual(await both('stranger', 'plc', 502), ['silence', 'silence'])
    // The first packet of either family contains the link too, so that of the other is dropped without an entry of its own.
    const [one, ...others] = await contained()
    assert.ok(
      families.some((family) => one === `stranger ${addresses.stranger[family]}`),
      one,
    )
    assert.ok(others.length <= 1)
    const events = await daemon.events({ kind: ['containment'] })
    assert.equal(events.length, 1 + others.length)
    assert.ok(events.every(({ source }) => source?.port === 'plant' && source.mac === macOf(hosts.stranger)))
  })

  it('permits for a limited time, and revokes at once', async () => {
    const orders = await Promise.all(
      families.map((family) =>
        daemon.call('permit', {
          from: addresses.ews[family],
          to: addresses.plc[family],
          service: 'tcp/22',
          for: '1h',
          reason: 'ticket',
          by: 'test',
        }),
      ),
    )
    assert.deepEqual(await both('ews', 'plc', 22), ['plc', 'plc'])
    for (const { id } of orders) await daemon.call('revoke', { id, by: 'test' })
    assert.deepEqual(await both('ews', 'plc', 22), ['silence', 'silence'])
  })

  it('contains a known asset by order, and releases it', async () => {
    for (const family of families)
      await daemon.call('contain', { ip: addresses.hmi[family], for: '1h', reason: 'test', by: 'test' })
    assert.deepEqual(await both('hmi', 'plc', 502), ['silence', 'silence'])
    for (const family of families)
      await daemon.call('release', { ip: addresses.hmi[family], reason: 'test', by: 'test' })
    assert.deepEqual(await both('hmi', 'plc', 502), ['plc', 'plc'])
  })

  it('sends what is redirected to its target', async () => {
    assert.deepEqual(await both('ews', 'plc', 80), ['decoy', 'decoy'])
  })

  it('enforces with the daemon dead, and is taken over by the next one', async () => {
    await daemon.kill('SIGKILL')
    assert.deepEqual(await both('hmi', 'plc', 502), ['plc', 'plc'])
    assert.deepEqual(await both('ews', 'plc', 502), ['silence', 'silence'])
    const { policyFile, state, socket } = daemon
    daemon = await startDaemon(world, { policyFile, edge: 'border', routed: true, state, socket })
    assert.equal((await daemon.events({ kind: ['adopt'] })).length, 1)
    // One look of the watch.
    await sleep(2200)
    assert.deepEqual((await daemon.call('status', {})).alarms, [])
  })

  it('forwards again when somebody sets the sysctls of the machine anew, and tells', async () => {
    await world.exec('edge', 'sysctl', ['-qw', 'net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0'])
    const put = () => daemon.events({ kind: ['reapply'] })
    await until('put right', async () => (await put()).length > 0)
    assert.deepEqual(await both('hmi', 'plc', 502), ['plc', 'plc'])
    const [told] = await daemon.events({ kind: ['tamper'] })
    assert.match(told?.text ?? '', /net\.ipv4\.ip_forward was changed/)
  })

  it('is bypassed, and enforces again', async () => {
    await daemon.call('bypass', { for: '10m', reason: 'test', by: 'test' })
    assert.deepEqual(await both('ews', 'plc', 502), ['plc', 'plc'])
    await daemon.call('bypass-end', { by: 'test' })
    assert.deepEqual(await both('ews', 'plc', 502), ['silence', 'silence'])
  })
})
