/** From a packet in the kernel to somebody else's log: exact counts in few events, and copies of them for receivers. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { storePath } from '#edge/context.ts'
import { openStore } from '#edge/store/open.ts'
import { countersOf } from '#linux/nft-objects.ts'
import { ethernet, ipv4, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { Event } from '#schema/event.ts'
import { startDaemon } from './edge-process.ts'
import { addresses, createPlant, edgeName, macs, policyText } from './production/production.ts'
import { until } from './until.ts'
import type { World } from './world/world.ts'

const policy = policyText({ known: 'deny' })

const datagram = (from: 'hmi' | 'historian', to: 'plc-a' | 'plc-b', dport: number) => {
  const ends = { src: addresses[from], dst: addresses[to] }
  const payload = ipv4({ ...ends, proto: ipProtocols.udp, payload: udp(ends, { sport: 40_000, dport }) })
  return ethernet({ dst: macs[to], src: macs[from], etherType: etherTypes.ipv4, payload })
}
/** Packets the kernel has dropped towards the zone cell-1. */
const deniedIn = (world: World) => countersOf('bridge', 'bulkhead', world.edge).get('z-cell-1-denied')?.packets ?? 0
const patience = { limitMs: 10_000 }
/** Events that stand for denied packets. */
const kinds = new Set(['denial', 'overflow'])
const storedIn = (state: string): Event[] => {
  const store = openStore({ path: storePath(state), readonly: true })
  try {
    return store.events
      .after(0, 10_000)
      .map(({ event }) => event)
      .filter(({ kind }) => kinds.has(kind))
  } finally {
    store.close()
  }
}
const sum = (events: readonly Event[]) => events.reduce((total, { count }) => total + count, 0)

/** A plant for the tests of one suite. */
const plantFor = (name: string): { readonly world: () => World; readonly denied: () => number } => {
  let world: World | undefined
  before(async () => {
    world = await createPlant(name)
  })
  after(() => world?.close())
  const given = (): World => {
    assert.ok(world !== undefined)
    return world
  }
  return { world: given, denied: () => deniedIn(given()) }
}

const deniedPackets = (): void => {
  const { world, denied } = plantFor('denied')
  const conversations = [
    { from: 'hmi', to: 'plc-a', port: 7, packets: 2500 },
    { from: 'hmi', to: 'plc-b', port: 9, packets: 1500 },
    { from: 'historian', to: 'plc-a', port: 2222, packets: 1000 },
  ] as const
  const send = async (share: number): Promise<void> => {
    for (const { from, to, port, packets } of conversations) {
      const frame = datagram(from, to, port)
      for (let i = 0; i < packets * share; i++) {
        world().send(from, frame)
        if (i % 100 === 99) await sleep(1)
      }
    }
  }

  it('are told in few events whose counts add up to exactly what was sent, also across a kill -9', async () => {
    const start = denied()
    const daemon = await startDaemon(world(), { policy, edge: edgeName })
    const base = denied()
    assert.equal(base, start)
    await send(0.5)
    await until('the first half is dropped', () => denied() - base === 2500, patience)
    await until(
      'three events tell of it at once',
      async () => (await daemon.events({ kind: ['denial'] })).length >= 3,
      patience,
    )
    // One summary is due after ten seconds; what was counted since then is lost with the process, but not to the kernel.
    await sleep(11_500)
    const summed = await daemon.events({ kind: ['denial'] })
    assert.equal(sum(summed), 2500)
    assert.ok(summed.some(({ details }) => details?.['summary'] === true))
    await send(0.25)
    await until('three quarters are dropped', () => denied() - base === 3750, patience)
    await daemon.kill('SIGKILL')
    await send(0.2)
    await until('they are dropped without a daemon', () => denied() - base === 4750, patience)
    const { state } = daemon
    const next = await startDaemon(world(), {
      policyFile: daemon.policyFile,
      edge: edgeName,
      state,
      socket: daemon.socket,
    })
    await send(0.05)
    await until('all are dropped', () => denied() - base === 5000, patience)
    await next.stop()
    const events = storedIn(state)
    assert.equal(sum(events), 5000)
    assert.ok(events.length <= 20, `${events.length} events`)
    const told = new Set(
      events.flatMap(({ kind, source, destination, port }) =>
        kind === 'denial' ? [`${source?.asset} ${destination?.asset} ${port}`] : [],
      ),
    )
    assert.deepEqual(
      [...told].toSorted(),
      conversations.map(({ from, to, port }) => `${from} ${to} ${port}`).toSorted(),
    )
  })
}

/** A collector in the network of the edge. */
class Receiver {
  readonly #child: ChildProcess
  readonly messages: string[] = []
  readonly port: Promise<number>

  constructor(world: World, args: readonly string[]) {
    const script = fileURLToPath(new URL('events/receiver.ts', import.meta.url))
    const words = ['--disable-warning=ExperimentalWarning', script, ...args]
    this.#child = world.spawn('edge', process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    const { promise, resolve } = Promise.withResolvers<number>()
    this.port = promise
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (text) => {
        const { port, message } = Line.parse(JSON.parse(text))
        if (port !== undefined) resolve(port)
        if (message !== undefined) this.messages.push(message)
      })
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }
}
const Line = z.object({ port: z.number().optional(), message: z.string().optional() })

const crowdAndReceivers = (): void => {
  const { world, denied } = plantFor('events')
  const receivers: Receiver[] = []
  after(() => Promise.all(receivers.map((receiver) => receiver.end())))
  const home = mkdtempSync('/run/receivers-')
  const self = ['-subj', '/CN=collector', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes']
  const file = (name: string) => join(home, name)

  it('get a denial from the kernel over TCP in CEF and over TLS in JSON, and a file gets it too', async () => {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        ...self,
        '-keyout',
        file('key.pem'),
        '-out',
        file('cert.pem'),
      ],
      { stdio: 'ignore' },
    )
    await world().exec('edge', 'ip', ['link', 'set', 'lo', 'up'])
    const [plain, secure] = [
      new Receiver(world(), []),
      new Receiver(world(), ['--cert', file('cert.pem'), '--key', file('key.pem')]),
    ]
    receivers.push(plain, secure)
    writeFileSync(
      file('sinks.yaml'),
      `- { url: 'syslog+tcp://127.0.0.1:${await plain.port}', format: cef }
- { url: 'syslog+tls://127.0.0.1:${await secure.port}', ca: cert.pem }
`,
    )
    const args = ['--sinks', file('sinks.yaml'), '--sink', `file://${file('events.jsonl')}`]
    const daemon = await startDaemon(world(), { policy, edge: edgeName, args })
    world().send('hmi', datagram('hmi', 'plc-a', 4711))
    const aboutIt = (text: string) => text.includes('4711')
    await until('both hear of it', () => plain.messages.some(aboutIt) && secure.messages.some(aboutIt), patience)
    const cef = plain.messages.find(aboutIt) ?? ''
    assert.match(
      cef,
      /^<132>1 \S+ line-edge bulkhead \d+ denial \[.*\] CEF:0\|Bulkhead\|edge\|\d[^|]*\|denial\|denied\|5\|/,
    )
    assert.match(
      cef,
      / cnt=1 .* src=198\.18\.1\.70 .*shost=hmi dst=198\.18\.1\.10 .*dhost=plc-a proto=udp dpt=4711 deviceInboundInterface=plant /,
    )
    const json = secure.messages.find(aboutIt) ?? ''
    const copy = Event.parse(JSON.parse(json.slice(json.indexOf('] {') + 2)))
    const [original] = await daemon.events({ kind: ['denial'] })
    assert.deepEqual(copy, original)
    // They are there from the first event to the last.
    await daemon.stop()
    for (const kind of [' start ', ' stop '])
      assert.ok(
        plain.messages.some((text) => text.includes(kind)),
        kind,
      )
    const lines = readFileSync(file('events.jsonl'), 'utf8').trimEnd().split('\n')
    assert.ok(lines.map((text) => Event.parse(JSON.parse(text))).some(({ id }) => id === copy.id))
  })

  it('that are away are an alarm and hold nothing up, and a certificate that cannot be read is refused', async () => {
    writeFileSync(file('away.yaml'), `- { url: 'syslog+tcp://127.0.0.1:1' }\n`)
    const daemon = await startDaemon(world(), { policy, edge: edgeName, args: ['--sinks', file('away.yaml')] })
    await until(
      'an alarm',
      async () =>
        (await daemon.call('status', {})).alarms.some((text) =>
          text.includes('127.0.0.1:1 is in trouble (ECONNREFUSED'),
        ),
      patience,
    )
    const began = performance.now()
    assert.equal((await daemon.stop()).code, 0)
    assert.ok(performance.now() - began < 4000)
    writeFileSync(file('wrong.yaml'), `- { url: 'syslog+tls://127.0.0.1:1', ca: none.pem }\n`)
    const wrong = await startDaemon(world(), {
      policy,
      edge: edgeName,
      args: ['--sinks', file('wrong.yaml')],
      ready: false,
    })
    assert.equal((await wrong.exited).code, 2)
    assert.match(wrong.log(), /^bulkhead: The CA file \/run\/\S+\/none\.pem of a syslog receiver cannot be read\.\n/)
  })

  it('of more conversations than can be told are added up, and nothing is left out', async () => {
    const daemon = await startDaemon(world(), { policy, edge: edgeName })
    const base = denied()
    const flood = 3000
    for (let port = 10_000; port < 10_000 + flood; port++) {
      world().send('hmi', datagram('hmi', 'plc-a', port))
      if (port % 100 === 99) await sleep(1)
    }
    await until('all are dropped', () => denied() - base === flood, patience)
    await daemon.stop()
    const events = storedIn(daemon.state)
    assert.equal(sum(events), flood)
    assert.ok(events.length <= 350, `${events.length} events`)
  })
}

// Most of the time is waiting.
describe('events', { concurrency: true }, () => {
  describe('of denied packets', { concurrency: false }, deniedPackets)
  describe('of many, and for others', { concurrency: false }, crowdAndReceivers)
})
