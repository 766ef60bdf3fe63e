/** Sinks against real sockets on loopback: framing, TLS, receivers that break, lie and stall. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { complete } from '#edge/store/draft.ts'
import { openSink, type Sink, type SinkOptions } from '#edge/sinks/sink.ts'
import type { SinkConfigInput } from '#edge/sinks/config.ts'
import { Event, type EventDraft } from '#schema/event.ts'
import { until } from './until.ts'

const root = mkdtempSync(join(tmpdir(), 'bulkhead-sinks-'))
const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
  rmSync(root, { recursive: true, force: true })
})

let serial = 0
const event = (draft: Partial<EventDraft> = {}): Event => {
  const at = Date.UTC(2026, 10, 21, 10)
  const id = `01KAJ4A70000000000${String(serial++).padStart(8, '0')}`
  return complete({ kind: 'containment', text: `Event ${serial}.`, ...draft }, id, at, { site: 's', edge: 'cell-1' })
}
const quick = { shortest: 20, longest: 100, lossMs: 50 }
const sinkTo = (config: SinkConfigInput, options: SinkOptions = {}): Sink => {
  const sink = openSink(config, { ...quick, ...options })
  ends.push(() => sink.close(0))
  return sink
}
const patience = { everyMs: 5, limitMs: 5000 }

/** Octet-counted messages of one connection, however they were cut. */
const unframe = (onMessage: (text: string) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const space = rest.indexOf(' ')
      if (space < 0) return
      const length = Number(rest.subarray(0, space))
      assert.ok(Number.isInteger(length) && length > 0, `bad frame: ${rest.subarray(0, 20).toString()}`)
      if (rest.length < space + 1 + length) return
      onMessage(rest.subarray(space + 1, space + 1 + length).toString())
      rest = rest.subarray(space + 1 + length)
    }
  }
}
interface Receiver {
  readonly port: number
  readonly messages: string[]
  readonly sockets: Socket[]
  readonly server: Server
}
const portOf = (server: Server): number => {
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}
const receiver = async (server: Server, port = 0): Promise<Receiver> => {
  const messages: string[] = []
  const sockets: Socket[] = []
  server.on(
    server.listenerCount('secureConnection') >= 0 && 'setSecureContext' in server ? 'secureConnection' : 'connection',
    (socket: Socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on(
        'data',
        unframe((text) => messages.push(text)),
      )
    },
  )
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: portOf(server), messages, sockets, server }
}
const idOf = (json: string): string => Event.parse(JSON.parse(json)).id
const ids = (messages: readonly string[]) => messages.map((text) => idOf(text.slice(text.indexOf('] {') + 2)))

test('over UDP each message is one datagram, and one that is too long arrives shortened', async () => {
  const socket = createSocket('udp4')
  const messages: string[] = []
  socket.on('message', (data) => messages.push(data.toString()))
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  ends.push(() => socket.close())
  const sink = sinkTo({ url: `syslog+udp://127.0.0.1:${socket.address().port}` })
  const sent = [
    event(),
    event({ text: '€'.repeat(500), details: { a: 'x'.repeat(500), b: 'x'.repeat(500), c: 'x'.repeat(500) } }),
    event(),
  ]
  for (const one of sent) sink.send(one)
  await until('three datagrams', () => messages.length === 3, patience)
  assert.deepEqual(
    ids(messages),
    sent.map(({ id }) => id),
  )
  assert.ok(messages.every((text) => Buffer.byteLength(text) <= 2048))
  assert.match(
    messages[0] ?? '',
    /^<131>1 2026-11-21T10:00:00\.000Z cell-1 bulkhead \d+ containment \[origin .*\]\[meta sequenceId="1"\] \{/,
  )
})

test('over UDP to a port where nobody listens nothing stalls and every copy is accounted for', async () => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  socket.close()
  const sink = sinkTo({ url: `syslog+udp://127.0.0.1:${port}`, queue: 10 })
  for (let at = 0; at < 50; at++) {
    sink.send(event())
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  await until('all gone', () => sink.status().waiting === 0, patience)
  const { accepted, sent, dropped, trouble } = sink.status()
  assert.equal(accepted, 50)
  assert.equal(sent + dropped, 50)
  await until('trouble is told', () => trouble !== undefined || sink.status().trouble !== undefined, patience)
})

test('over TCP messages are octet-counted and arrive in order, also in CEF', async () => {
  const { port, messages } = await receiver(createServer())
  const sink = sinkTo({ url: `syslog+tcp://127.0.0.1:${port}`, format: 'cef', facility: 'audit' })
  const sent = Array.from({ length: 500 }, () => event({ text: 'line one\nline = two ü' }))
  for (const one of sent) sink.send(one)
  await until('500 messages', () => messages.length === 500, patience)
  assert.deepEqual(
    messages.map((text) => /externalId=(\S+)/.exec(text)?.[1]),
    sent.map(({ id }) => id),
  )
  assert.match(messages[0] ?? '', /^<107>1 .*CEF:0\|Bulkhead\|edge\|.*msg=line one\\nline \\= two ü$/)
  assert.deepEqual(sink.status().sent, 500)
})

test('a class that is not wanted is not sent', async () => {
  const { port, messages } = await receiver(createServer())
  const sink = sinkTo({ url: `syslog+tcp://127.0.0.1:${port}`, classes: ['P0'] })
  sink.send(event({ kind: 'denial' }))
  sink.send(event())
  await until('one message', () => messages.length === 1, patience)
  assert.equal(sink.status().accepted, 1)
})

test('when the receiver is away at first, nothing is lost', async () => {
  const probe = await receiver(createServer())
  const { port } = probe
  await new Promise((resolve) => probe.server.close(resolve))
  const sink = sinkTo({ url: `syslog+tcp://127.0.0.1:${port}` })
  const sent = Array.from({ length: 20 }, () => event())
  for (const one of sent) sink.send(one)
  await until('trouble is told', () => /ECONNREFUSED/.test(sink.status().trouble ?? ''), patience)
  const { messages } = await receiver(createServer(), port)
  await until('20 messages', () => messages.length === 20, patience)
  assert.deepEqual(
    ids(messages),
    sent.map(({ id }) => id),
  )
  assert.equal(sink.status().trouble, undefined)
})

test('when connections break again and again, what had not been taken comes later', async () => {
  const { port, messages, sockets } = await receiver(createServer())
  const sink = sinkTo({ url: `syslog+tcp://127.0.0.1:${port}` })
  let connections = 0
  for (let round = 0; round < 5; round++) {
    await until('connected', () => sockets.length > connections && sink.status().trouble === undefined, patience)
    connections = sockets.length
    for (let at = 0; at < 20; at++) sink.send(event())
    await until('taken', () => sink.status().waiting === 0, patience)
    await until('received', () => messages.length === (round + 1) * 20, patience)
    sockets.at(-1)?.destroy()
    // Sent while the connection is down.
    await until('noticed', () => sink.status().trouble !== undefined, patience)
  }
  const { accepted, sent, dropped, waiting } = sink.status()
  assert.deepEqual([accepted, sent, dropped, waiting], [100, 100, 0, 0])
  assert.equal(new Set(ids(messages)).size, 100)
})

test('a receiver that takes nothing costs bounded memory, and every lost copy is counted in one event', async () => {
  const server = createServer((socket) => socket.pause())
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = portOf(server)
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const losses: EventDraft[] = []
  const sink = sinkTo(
    { url: `syslog+tcp://127.0.0.1:${port}`, queue: 100 },
    { onLoss: (loss) => losses.push(loss), stallMs: 300 },
  )
  await until('connected', () => sockets.length > 0, patience)
  for (let round = 0; round < 40; round++) {
    for (let at = 0; at < 1000; at++) sink.send(event({ text: 'x'.repeat(400) }))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { accepted, sent, dropped, waiting } = sink.status()
  assert.equal(accepted, 40_000)
  assert.equal(sent + dropped + waiting, 40_000)
  assert.ok(dropped > 15_000 && waiting <= 300, `dropped ${dropped}, waiting ${waiting}`)
  await until('the stalled connection was given up', () => sockets.length > 1, patience)
  await sink.close(0)
  const told = losses.reduce((sum, { count }) => sum + (count ?? 0), 0)
  assert.equal(told, sink.status().dropped)
  assert.ok(losses.length < 20, `${losses.length} loss events`)
  assert.equal(losses[0]?.kind, 'sink-loss')
  for (const loss of losses) complete(loss, '01KAJ4A7000000000000000000', 0, { site: 's', edge: 'e' })
})

const openssl = (...args: readonly string[]): void => {
  execFileSync('openssl', args, { stdio: 'pipe', cwd: root })
}
const authority = (name: string, host = 'DNS:localhost,IP:127.0.0.1'): void => {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}-ca.key`,
    '-out',
    `${name}-ca.pem`,
  )
  openssl(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=receiver',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
  )
  writeFileSync(join(root, `${name}.ext`), `subjectAltName=${host}\n`)
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${name}-ca.pem`,
    '-CAkey',
    `${name}-ca.key`,
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
    '-out',
    `${name}.pem`,
  )
}
const pem = (name: string) => readFileSync(join(root, name))
const tlsReceiver = (name: string, options: object = {}): Promise<Receiver> =>
  receiver(createTlsServer({ key: pem(`${name}.key`), cert: pem(`${name}.pem`), ...options }))

test('over TLS with the operator’s own CA messages arrive', async () => {
  authority('good')
  const { port, messages } = await tlsReceiver('good')
  const sink = sinkTo({ url: `syslog+tls://localhost:${port}`, ca: join(root, 'good-ca.pem') })
  const sent = Array.from({ length: 200 }, () => event())
  for (const one of sent) sink.send(one)
  await until('200 messages', () => messages.length === 200, patience)
  assert.deepEqual(
    ids(messages),
    sent.map(({ id }) => id),
  )
  await sink.close()
  assert.deepEqual([sink.status().sent, sink.status().dropped], [200, 0])
})

const strangers: readonly [name: string, url: (port: number) => string, ca: string | undefined, trouble: RegExp][] = [
  ['signed by another CA', (port) => `syslog+tls://localhost:${port}`, 'other-ca.pem', /CERT|certificate/i],
  [
    'signed by a CA the system does not know',
    (port) => `syslog+tls://localhost:${port}`,
    undefined,
    /CERT|certificate/i,
  ],
  ['for another name', (port) => `syslog+tls://127.0.0.1:${port}`, 'named-ca.pem', /ALTNAME|altnames/i],
]
test('over TLS nothing is sent to a receiver whose certificate is wrong', async () => {
  authority('other')
  authority('named', 'DNS:logs.example')
  for (const [name, url, ca, trouble] of strangers) {
    const { port, messages } = await tlsReceiver(ca === 'named-ca.pem' ? 'named' : 'good')
    const sink = sinkTo({ url: url(port), ...(ca !== undefined && { ca: join(root, ca) }) })
    sink.send(event())
    await until(`${name}: trouble is told`, () => trouble.test(sink.status().trouble ?? ''), patience)
    assert.deepEqual([messages.length, sink.status().sent], [0, 0], name)
  }
})

test('over TLS a receiver that asks for a client certificate gets it', async () => {
  const { port, messages } = await tlsReceiver('good', {
    requestCert: true,
    rejectUnauthorized: true,
    ca: pem('other-ca.pem'),
  })
  const ca = join(root, 'good-ca.pem')
  const sink = sinkTo({
    url: `syslog+tls://localhost:${port}`,
    ca,
    cert: join(root, 'other.pem'),
    key: join(root, 'other.key'),
  })
  sink.send(event())
  await until('one message', () => messages.length === 1, patience)
})

test('over UDP without a route nothing is lost, and it is sent when there is one', async () => {
  const address = '203.0.113.9'
  const sink = sinkTo({ url: `syslog+udp://${address}:5514` })
  await until('trouble is told', () => /ENETUNREACH/.test(sink.status().trouble ?? ''), patience)
  const sent = [event(), event()]
  for (const one of sent) sink.send(one)
  const socket = createSocket('udp4')
  const messages: string[] = []
  socket.on('message', (data) => messages.push(data.toString()))
  execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo'])
  ends.push(() => execFileSync('ip', ['address', 'del', `${address}/32`, 'dev', 'lo']))
  await new Promise<void>((resolve) => socket.bind(5514, address, resolve))
  ends.push(() => socket.close())
  await until('both', () => messages.length === 2, patience)
  assert.deepEqual(
    ids(messages),
    sent.map(({ id }) => id),
  )
})

test('a file that cannot be begun anew gets every line once, and that is told', async () => {
  const path = join(root, 'stuck', 'events.jsonl')
  // Stands where the old file would go to.
  mkdirSync(`${path}.1/x`, { recursive: true })
  const sink = sinkTo({ url: `file://${path}`, 'max-bytes': 4096, keep: 1 })
  const sent = Array.from({ length: 60 }, () => event())
  for (const one of sent) {
    sink.send(one)
    await until('written', () => sink.status().waiting === 0, patience)
  }
  assert.match(sink.status().trouble ?? '', /no new file could be begun/)
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  assert.deepEqual(
    lines.map((line) => idOf(line)),
    sent.map(({ id }) => id),
  )
})

test('a file gets whole lines, is begun anew when large, and keeps so many', async () => {
  const path = join(root, 'out', 'events.jsonl')
  const sink = sinkTo({ url: `file://${path}`, 'max-bytes': 50_000, keep: 2 })
  const sent: string[] = []
  for (let round = 0; round < 10; round++) {
    for (let at = 0; at < 100; at++) {
      const one = event()
      sent.push(one.id)
      sink.send(one)
    }
    await until('written', () => sink.status().waiting === 0, patience)
  }
  const lines = ['.2', '.1', ''].flatMap((suffix) =>
    existsSync(path + suffix)
      ? readFileSync(path + suffix, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [],
  )
  const found = lines.map((line) => idOf(line))
  assert.ok(found.length >= 100 && found.length < 1000)
  assert.deepEqual(found, sent.slice(-found.length))
  assert.equal(existsSync(`${path}.3`), false)
})

test(
  'a full disk under a file sink leaves whole lines and loses nothing that waits',
  { skip: process.getuid?.() !== 0 && 'needs scripts/isolate.sh' },
  async () => {
    const folder = join(root, 'tiny')
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    ends.push(() => execFileSync('umount', ['-l', folder]))
    const path = join(folder, 'events.jsonl')
    const sink = sinkTo({ url: `file://${path}`, keep: 1 })
    writeFileSync(join(folder, 'filler'), Buffer.alloc(40_000))
    const sent = Array.from({ length: 60 }, () => event({ text: 'x'.repeat(400) }))
    for (const one of sent) sink.send(one)
    await until('the disk is full', () => /ENOSPC/.test(sink.status().trouble ?? ''), patience)
    assert.equal(
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .every((line) => JSON.parse(line) !== undefined),
      true,
    )
    rmSync(join(folder, 'filler'))
    await until('written', () => sink.status().waiting === 0, patience)
    const found = readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => idOf(line))
    assert.deepEqual(
      found,
      sent.map(({ id }) => id),
    )
  },
)

test('certificates that cannot be used are refused at the start, in one sentence', () => {
  const none = join(root, 'none.pem')
  writeFileSync(none, 'not a certificate\n')
  for (const files of [{ ca: none }, { cert: none, key: none }])
    assert.throws(
      () => openSink({ url: 'syslog+tls://127.0.0.1:6514', ...files }),
      (error: Error & { code?: string }) =>
        error.code === 'file-unreadable' && error.message.startsWith('The certificates or the key for syslog+tls://'),
    )
})

test('a sink that is not configured rightly says what is wrong, without repeating a secret', () => {
  for (const config of [
    { url: 'syslog+tls://user:geheim@host' },
    { url: 'syslog+tls://host', ca: '/nowhere/ca.pem' },
  ]) {
    assert.throws(
      () => openSink(config),
      (error: Error & { details?: readonly string[] }) =>
        !`${error.message} ${error.details?.join(' ')}`.includes('geheim'),
    )
  }
})
