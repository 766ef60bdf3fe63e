import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { document, opening, segment, syn } from '#discover/simulate/small-plant.ts'
import { captureOf } from '#inspect/small-captures.ts'
import { serveControl, type ControlServer } from '#edge/control/server.ts'
import { fakeOperations, memoryFeed } from '../../../test/fixtures/edge.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-cli-simulate-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const simulate = (...words: readonly string[]) => commandLine(['simulate', ...words])

const poll = [
  ...opening('hmi', 'plc'),
  segment({ from: 'hmi', to: 'plc', data: '0001 0000 0006 01 03 0064 0002', seq: 1000, ack: 5000 }),
]
const shell = segment({ from: 'hmi', to: 'plc', dport: 22, flags: syn })
const write = segment({ from: 'hmi', to: 'plc', data: '0002 0000 0006 01 06 0064 0384', seq: 1012, ack: 5000 })
const good = captureOf(poll)

const quiet = file('quiet.pcap', good)
const noisy = file('noisy.pcap.gz', gzipSync(captureOf([...poll, shell])))
const writes = file('writes.pcap', captureOf([...poll, write]))
const cut = file('cut.pcap', good.subarray(0, good.length - 20))
const cutGzip = file(
  'cut.pcap.gz',
  gzipSync(captureOf(Array.from({ length: 400 }, () => poll).flat())).subarray(0, 200),
)
const elsewhere = file('elsewhere.pcap', captureOf(opening('historian', 'hmi')))
const policy = file('site.yaml', JSON.stringify(document))
const running = file(
  'running.yaml',
  JSON.stringify({ ...document, conduits: [{ id: 'all', from: 'hmi', to: 'plc', service: 'any' }] }),
)
const shadowed = file(
  'shadow.yaml',
  JSON.stringify({
    ...document,
    zones: {
      office: { level: 3, networks: ['198.18.1.0/25'], mode: 'shadow' },
      line: { level: 1, networks: ['198.18.2.0/25'], mode: 'shadow' },
    },
  }),
)
const broken = file('broken.yaml', JSON.stringify({ ...document, zones: {} }))
const two = file(
  'two.yaml',
  JSON.stringify({
    ...document,
    edges: {
      ...document.edges,
      second: { bridge: 'br1', ports: { a: { zones: ['office'] }, b: { zones: ['line'] } } },
    },
  }),
)
mkdirSync(join(folder, 'ring', 'day-2'), { recursive: true })
mkdirSync(join(folder, 'bare'))
file('ring/a.pcap', good)
file('ring/day-2/b.pcap.gz', gzipSync(captureOf([shell])))
file('ring/notes.txt', 'not a capture')
file('bare/notes.txt', 'not a capture')

const rows: readonly {
  readonly name: string
  readonly words: readonly string[]
  readonly code: number
  readonly out?: RegExp
  readonly err?: RegExp
}[] = [
  {
    name: 'says first what would be denied, then why',
    words: ['--policy', policy, noisy],
    code: 0,
    out: /^edge would deny 1 conversation of 2, 0 commands of 1, none essential\n(.*\n)*hmi \(198\.18\.1\.10\) +plc \(198\.18\.2\.10\) +tcp\/22 +denied +1 of 1 +no conduit permits it \[out-of-scope\]; nearest: operate \(essential\): its service is `modbus`/,
  },
  {
    name: 'says that nothing would be denied',
    words: ['--policy', policy, quiet],
    code: 0,
    out: /^edge would deny nothing of 1 conversation and 1 command\n/,
  },
  {
    name: 'shows what is permitted when all is asked for',
    words: ['--policy', policy, quiet, '--all'],
    code: 0,
    out: /tcp\/502 +permitted +4 +a conduit permits it \[permitted\]; conduit operate/,
  },
  {
    name: 'reads a folder with the folders in it',
    words: ['--policy', policy, join(folder, 'ring')],
    code: 0,
    out: /would deny 1 conversation of 2(.*\n)*5 packets: 5 judged/,
  },
  {
    name: 'tells what the running policy permitted',
    words: ['--policy', policy, '--against', running, noisy],
    code: 0,
    out: /^edge would newly deny 1 conversation of 2, 0 commands of 1, none essential\n(.*\n)*.*denied +newly denied/,
  },
  {
    name: 'fails when anything is denied',
    words: ['--policy', policy, noisy, '--fail-on-denied', 'any'],
    code: 1,
  },
  {
    name: 'does not fail for what is not essential',
    words: ['--policy', policy, noisy, '--fail-on-denied', 'essential'],
    code: 0,
  },
  {
    name: 'fails when a command of an essential conduit is denied',
    words: ['--policy', policy, writes, '--fail-on-denied', 'essential'],
    code: 1,
    out: /1 command of 2, 1 essential(.*\n)*.*write-single-register +unit 1 registers 100 = 900 +denied +1 of 1 +operate \(essential\): values 900 is not within 0-500/,
  },
  {
    name: 'does not fail for what the running policy denies as well',
    words: ['--policy', policy, '--against', policy, writes, '--fail-on-denied', 'any'],
    code: 0,
    out: /would newly deny nothing/,
  },
  {
    name: 'takes zones as if they were enforced',
    words: ['--policy', shadowed, noisy, '--fail-on-denied', 'any'],
    code: 1,
  },
  {
    name: 'takes them as they are when asked to',
    words: ['--policy', shadowed, '--modes', 'as-written', noisy, '--fail-on-denied', 'any'],
    code: 0,
    out: /would deny nothing/,
  },
  {
    name: 'says where a capture ends in the middle',
    words: ['--policy', policy, cut],
    code: 0,
    out: /NOT READ\n.*cut\.pcap: \d+ bytes at \d+: the file ends in the middle of it/,
  },
  {
    name: 'says that a compressed file ends in the middle',
    words: ['--policy', policy, cutGzip],
    code: 0,
    out: /cut\.pcap\.gz: the compressed file ends in the middle/,
  },
  {
    name: 'says when no frame crosses the edge',
    words: ['--policy', policy, elsewhere],
    code: 0,
    out: /^edge would see none of it/,
    err: /nothing was judged/,
  },
  {
    name: 'does not take it for a proof',
    words: ['--policy', policy, elsewhere, '--fail-on-denied', 'any'],
    code: 1,
    err: /nothing was judged/,
  },
  { name: 'wants a policy', words: [quiet], code: 2, err: /no policy to simulate/ },
  { name: 'wants a capture', words: ['--policy', policy], code: 2, err: /nothing to simulate it on/ },
  { name: 'wants an edge where there are several', words: ['--policy', two, quiet], code: 2, err: /several edges/ },
  { name: 'does not find a file', words: ['--policy', policy, join(folder, 'none')], code: 2, err: /no such file/ },
  { name: 'does not take a text for a capture', words: ['--policy', policy, policy], code: 2, err: /is no capture/ },
  { name: 'says that a file is empty', words: ['--policy', policy, file('empty.pcap', '')], code: 2, err: /is empty/ },
  {
    name: 'says that a folder has no captures',
    words: ['--policy', policy, join(folder, 'bare')],
    code: 2,
    err: /has no captures/,
  },
  { name: 'does not simulate a policy with errors', words: ['--policy', broken, quiet], code: 3, err: /has \d+ error/ },
  { name: 'nor against one', words: ['--policy', policy, '--against', broken, quiet], code: 3, err: /has \d+ error/ },
  { name: 'does not know other conditions', words: ['--policy', policy, quiet, '--fail-on-denied', 'some'], code: 2 },
  { name: 'does not read captures live', words: ['--live', 'edge:', quiet], code: 2, err: /by its own policy/ },
  { name: 'knows edges as live sources only', words: ['--live', 'eth0'], code: 2, err: /`edge:NAME` or `edge:SOCKET`/ },
  {
    name: 'finds an edge by its name, as discover does',
    words: ['--live', 'edge:no-such-edge'],
    code: 5,
    err: /No edge answers at \/run\/bulkhead\/no-such-edge\.sock/,
  },
  {
    name: 'says when no edge answers',
    words: ['--live', `edge:${join(folder, 'no.sock')}`],
    code: 5,
    err: /No edge answers/,
  },
]

describe('bulkhead simulate', () => {
  for (const { name, words, code, out, err } of rows)
    test(name, async () => {
      const ran = await simulate(...words)
      assert.equal(ran.code, code, ran.err)
      if (out !== undefined) assert.match(ran.out, out)
      if (err !== undefined) assert.match(ran.err, err)
    })

  test('prints one JSON value', async () => {
    const { out: stdout } = await simulate('--policy', policy, noisy, '--json')
    const value: unknown = JSON.parse(stdout)
    assert.ok(typeof value === 'object' && value !== null && 'summary' in value && 'conversations' in value)
  })
})

describe('bulkhead simulate --live', () => {
  const socket = join(folder, 'edge.sock')
  const feed = memoryFeed()
  let server: ControlServer
  before(async () => {
    const denied = {
      kind: 'would-deny',
      zone: 'dmz',
      source: { ip: '198.18.1.40', asset: 'hmi-2' },
      destination: { ip: '198.18.2.10' },
      protocol: 'tcp',
      port: 3389,
      reason: 'would-deny',
      time: '2026-11-21T09:00:00.000Z',
    } as const
    feed.add({ ...denied, count: 30 }, { ...denied, count: 12 }, { kind: 'bypass-start' })
    server = await serveControl({ socket, operations: fakeOperations().operations, events: feed })
  })
  after(() => server.close())

  test('shows what shadow counted, and its conversations', async () => {
    const { code, out: stdout, err: stderr } = await simulate('--live', `edge:${socket}`)
    assert.equal(code, 0, stderr)
    assert.match(
      stdout,
      /^cell-1-edge would have denied 47 packets and 0 commands since 2026-11-21T08:00:01\.000Z, none essential\n/,
    )
    assert.match(stdout, /\ndmz +shadow +47 +564\n/)
    assert.match(stdout, /\nwould-deny +hmi-2 \(198\.18\.1\.40\) +198\.18\.2\.10 +tcp\/3389 +42 /)
    assert.match(stdout, /cell-1: enforced already/)
  })

  test('fails when anything would have been denied', async () =>
    assert.equal((await simulate('--live', `edge:${socket}`, '--fail-on-denied', 'any')).code, 1))
  test('and not when nothing essential would', async () =>
    assert.equal((await simulate('--live', `edge:${socket}`, '--fail-on-denied', 'essential')).code, 0))
})
