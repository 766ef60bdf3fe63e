import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import { type ControlServer, serveControl } from '#edge/control/server.ts'
import { fakeOperations, memoryFeed, sampleReport, sampleStatus } from '../../../test/fixtures/edge.ts'
import { commandLine, type Ran } from '../../../test/fixtures/command-lines.ts'
import { given } from '../../../test/fixtures/given.ts'
import { socketOf, who } from './connection.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'edge-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const socket = join(folder, 'edge.sock')
const flags = ['--disable-warning=ExperimentalWarning', main]
const environment = { ...process.env, BULKHEAD_SOCKET: socket, SUDO_USER: 'alice' }

const policy = join(folder, 'site.yaml')
writeFileSync(policy, 'version: 1\n')

const bulkhead = (...words: readonly string[]): Promise<Ran> => commandLine(words, environment)

const { operations, asked } = fakeOperations({
  confirm: ({ force }) =>
    force
      ? Promise.resolve({ id: '1', ms: { total: 1, kernel: 0 }, text: 'confirmed' })
      : Promise.reject(new Fault('refused', 'An essential conduit is silent.', { details: ['hmi-operates-fill'] })),
})
const feed = memoryFeed()
feed.add({ kind: 'denial', source: { ip: '198.18.1.40' } }, { kind: 'bypass-start' })
let server: ControlServer
before(async () => void (server = await serveControl({ socket, operations, events: feed })))
after(() => server.close())

// Root may speak for the person behind sudo; everybody else is who the kernel says.
const by = process.getuid?.() === 0 ? 'alice' : who({})

const commands: readonly {
  words: readonly string[]
  asks: readonly { operation: string; request: object }[]
  says: RegExp
}[] = [
  { words: ['status'], asks: [{ operation: 'status', request: {} }], says: /^ENFORCING\n/ },
  {
    words: ['explain', '--from', 'hmi-1', '--to', 'plc-fill', '--service', 'modbus', '--op', 'read-coils'],
    asks: [{ operation: 'explain', request: { from: 'hmi-1', to: 'plc-fill', service: 'modbus', op: 'read-coils' } }],
    says: /^DENY {2}\(zone-default\)\n/,
  },
  {
    words: ['contain', '198.18.1.40', '--for', '8h', '--reason', 'rogue'],
    asks: [{ operation: 'contain', request: { ip: '198.18.1.40', for: '8h', reason: 'rogue', by } }],
    says: /Undo: bulkhead edge release 198\.18\.1\.40\n$/,
  },
  {
    words: ['release', '198.18.1.40'],
    asks: [{ operation: 'release', request: { ip: '198.18.1.40', reason: 'released by hand', by } }],
    says: /^Done until /,
  },
  {
    words: [
      'permit',
      '--from',
      '198.18.1.72',
      '--to',
      '198.18.1.10',
      '--service',
      'tcp/22',
      '--for',
      '2h',
      '--mac',
      '02:00:00:00:00:01',
      '--reason',
      'x',
    ],
    asks: [
      {
        operation: 'permit',
        request: {
          from: '198.18.1.72',
          to: '198.18.1.10',
          service: 'tcp/22',
          for: '2h',
          mac: '02:00:00:00:00:01',
          reason: 'x',
          by,
        },
      },
    ],
    says: /Undo: bulkhead edge revoke 01KAJ3Q4V8Z+\n$/,
  },
  { words: ['permits'], asks: [{ operation: 'permits', request: {} }], says: /^PERMIT +FROM.*\np-1 / },
  { words: ['revoke', 'p-1'], asks: [{ operation: 'revoke', request: { id: 'p-1', by } }], says: /^Done/ },
  {
    words: ['apply', policy, '--dry-run'],
    asks: [{ operation: 'apply', request: { ...given(policy), confirm: '60s', by, 'dry-run': true } }],
    says: /^Newly denied \(1\)[^]*Nothing was applied\.\n$/,
  },
  {
    words: ['apply', policy, '--yes', '--confirm-within', '10m'],
    asks: [{ operation: 'apply', request: { ...given(policy), confirm: '10m', by, 'dry-run': false } }],
    says: /^Newly denied \(1\)[^]*Keep it: +bulkhead edge confirm/,
  },
  {
    words: ['confirm', '--force', '--digest', 'a1b2c3d4e5f6'],
    asks: [{ operation: 'confirm', request: { by, force: true, digest: 'a1b2c3d4e5f6' } }],
    says: /^Confirmed/,
  },
  { words: ['confirm', '--force'], asks: [{ operation: 'confirm', request: { by, force: true } }], says: /^Confirmed/ },
  {
    words: ['rollback', '--reason', 'wrong'],
    asks: [{ operation: 'rollback', request: { by, reason: 'wrong' } }],
    says: /^Done/,
  },
  {
    words: ['bypass', '--for', '30m', '--reason', 'line 1 stopped'],
    asks: [{ operation: 'bypass', request: { for: '30m', reason: 'line 1 stopped', by } }],
    says: /End it: bulkhead edge bypass --end\n$/,
  },
  { words: ['bypass', '--end'], asks: [{ operation: 'bypass-end', request: { by } }], says: /^Done/ },
  {
    words: ['isolate', 'cell-1', '--reason', 'malware'],
    asks: [{ operation: 'isolate', request: { zone: 'cell-1', reason: 'malware', by } }],
    says: /Undo: bulkhead edge rejoin cell-1\n$/,
  },
  {
    words: ['rejoin', 'cell-1'],
    asks: [{ operation: 'rejoin', request: { zone: 'cell-1', by } }],
    says: /is enforced as generation 8/,
  },
  {
    words: ['replace-asset', 'plc-fill', '--mac', '00-1B-1B-AA-00-99'],
    asks: [{ operation: 'replace-asset', request: { asset: 'plc-fill', mac: '00:1b:1b:aa:00:99', by } }],
    says: /is enforced as generation 8/,
  },
  { words: ['doctor'], asks: [{ operation: 'doctor', request: {} }], says: /^degraded {2}queue-nft: no nft queue\n/ },
  { words: ['events', '--limit', '1'], asks: [], says: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}BYPASS ON/ },
]
describe('a command asks the edge and tells the answer', () => {
  beforeEach(() => void (asked.length = 0))
  for (const { words, asks, says } of commands)
    it(words.join(' '), async () => {
      const { code, out, err } = await bulkhead('edge', ...words)
      assert.equal(err, '')
      assert.equal(code, 0)
      assert.deepEqual(asked, asks)
      assert.match(out, says)
    })
})

const documents: readonly { words: readonly string[]; expect: (value: unknown) => void }[] = [
  { words: ['status'], expect: (value) => assert.deepEqual(value, sampleStatus) },
  { words: ['apply', policy], expect: (value) => assert.deepEqual(value, sampleReport) },
  {
    words: ['events'],
    expect: (value) =>
      assert.deepEqual(
        value,
        feed
          .search()
          .toReversed()
          .map(({ event }) => event),
      ),
  },
  {
    words: ['bypass', '--for', '30m', '--reason', 'x'],
    expect: (value) =>
      assert.deepEqual(value, { bypassed: true, until: '2026-11-21T11:00:00.000Z', direct: false, recorded: true }),
  },
]
describe('--json prints one value and nothing else for', () => {
  for (const { words, expect } of documents)
    it(words.join(' '), async () => {
      const { code, out, err } = await bulkhead('edge', ...words, '--json')
      assert.deepEqual([code, err], [0, ''])
      expect(JSON.parse(out))
    })
})

const failures: readonly { name: string; words: readonly string[]; code: number; says: RegExp }[] = [
  {
    name: 'without an edge',
    words: ['status', '--socket', join(folder, 'gone.sock')],
    code: 5,
    says: /No edge answers at .*gone\.sock\.\nStart it/,
  },
  {
    name: 'with a refusal of the edge, its details and its advice',
    words: ['confirm'],
    code: 7,
    says: /essential conduit is silent\.\n {2}hmi-operates-fill\nSee the reason/,
  },
  {
    name: 'with a digest that is none',
    words: ['confirm', '--digest', 'site.yaml'],
    code: 2,
    says: /8 or more hex digits/,
  },
  {
    name: 'with a duration that is none',
    words: ['contain', '198.18.1.40', '--for', 'soon', '--reason', 'x'],
    code: 2,
    says: /such as 30s/,
  },
  {
    name: 'with an address that is none',
    words: ['contain', '198.18.1.400', '--reason', 'x'],
    code: 2,
    says: /takes an address such as 198\.18\.1\.10/,
  },
  {
    name: 'with a permit for the name of an asset',
    words: ['permit', '--from', 'hmi-1', '--to', '198.18.1.10', '--service', 'modbus', '--for', '1h', '--reason', 'x'],
    code: 2,
    says: /--from.*takes an address such as 198\.18\.1\.10, not the name of an asset/,
  },
  { name: 'without a reason where one is needed', words: ['contain', '198.18.1.40'], code: 2, says: /--reason/ },
  {
    name: 'with a bypass that has no length',
    words: ['bypass', '--reason', 'x'],
    code: 2,
    says: /needs --for and --reason/,
  },
  {
    name: 'with a kind of event that does not exist',
    words: ['events', '--kind', 'oops'],
    code: 2,
    says: /There is no kind `oops`\. Known are denial/,
  },
]
describe('a command ends with one sentence and its exit code', () => {
  for (const { name, words, code, says } of failures)
    it(name, async () => {
      const ran = await bulkhead('edge', ...words)
      assert.match(ran.err, says)
      assert.deepEqual([ran.code, ran.out], [code, ''])
    })
})

describe('the command itself', () => {
  it('ends with the exit code and the sentence that run gives', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [
      ...flags,
      'edge',
      'status',
      '--socket',
      '/nonexistent/x',
    ])
    assert.deepEqual([status, stdout.toString()], [5, ''])
    assert.match(stderr.toString(), /No edge answers at \/nonexistent\/x\./)
  })
})

/** Runs on a terminal of its own (script(1)) and types `typed` when asked. */
const onTerminal = async (
  typed: string,
  ...words: readonly string[]
): Promise<{ code: number | null; out: string } | undefined> => {
  const line = [process.execPath, ...flags, ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], { env: { ...environment, TERM: 'xterm', NO_COLOR: '' } })
  const missing = await Promise.race([once(child, 'spawn').then(() => false), once(child, 'error').then(() => true)])
  if (missing) return undefined
  let out = ''
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString()
    if (out.includes('[y/N]') && !child.stdin.writableEnded) child.stdin.end(typed)
  })
  const late = setTimeout(() => child.kill(), 60_000)
  await once(child, 'close')
  clearTimeout(late)
  return { code: child.exitCode, out }
}

describe('apply on a terminal', () => {
  beforeEach(() => void (asked.length = 0))
  const rows = [
    {
      typed: 'n\n',
      code: 1,
      dryRuns: [true],
      says: /Newly denied[^]*1 conversation newly denied[^]*Nothing was applied/,
    },
    { typed: '\n', code: 1, dryRuns: [true], says: /Nothing was applied/ },
    { typed: 'y\n', code: 0, dryRuns: [true, false], says: /Newly denied[^]*is enforced as generation 8/ },
  ]
  for (const { typed, code, dryRuns, says } of rows)
    it(`shows the changes, asks, and takes ${JSON.stringify(typed)} for ${code === 0 ? 'yes' : 'no'}`, async (test) => {
      const ran = await onTerminal(typed, 'edge', 'apply', policy)
      if (ran === undefined) return test.skip('there is no script(1)')
      assert.match(ran.out, says)
      assert.equal(ran.code, code)
      const site = { ...given(policy), confirm: '60s', by }
      assert.deepEqual(
        asked.map(({ request }) => request),
        dryRuns.map((dry) => ({ ...site, 'dry-run': dry })),
      )
    })
  it('does not ask with --yes, and is in colour', async (test) => {
    const ran = await onTerminal('', 'edge', 'apply', policy, '--yes')
    if (ran === undefined) return test.skip('there is no script(1)')
    assert.ok(!ran.out.includes('[y/N]'))
    assert.ok(ran.out.includes('\u001B['))
    assert.equal(asked.length, 1)
  })
})

describe('events', () => {
  it('says when there may be more than it shows, unless somebody said how many', async () => {
    const path = join(folder, 'many.sock')
    const events = memoryFeed()
    for (let at = 0; at < 120; at++) events.add({ kind: 'denial' })
    const many = await serveControl({ socket: path, operations, events })
    try {
      const usual = await bulkhead('edge', 'events', '--socket', path)
      assert.deepEqual([usual.code, usual.out.split('\n').length], [0, 101])
      assert.equal(usual.err, 'Only the newest 100 are shown; --limit shows more.\n')
      for (const words of [['--limit', '100'], ['--json']])
        assert.equal((await bulkhead('edge', 'events', '--socket', path, ...words)).err, '')
    } finally {
      await many.close()
    }
  })
})

describe('events --follow', () => {
  it('goes on after the daemon was restarted, without a gap and without a double', async () => {
    const path = join(folder, 'follow.sock')
    const events = memoryFeed()
    events.add({ kind: 'start' })
    const serve = () => serveControl({ socket: path, operations, events })
    const first = await serve()
    const child = spawn(process.execPath, [...flags, 'edge', 'events', '--follow', '--json', '--socket', path], {
      env: environment,
    })
    let out = ''
    const kinds = (): (string | undefined)[] => [...out.matchAll(/"kind":"([a-z-]+)"/g)].map(([, kind]) => kind)
    const until = async (length: number): Promise<void> => {
      while (kinds().length < length) await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) })
    }
    child.stdout.on('data', (part: Buffer) => (out += part.toString()))
    try {
      await until(1)
      events.add({ kind: 'stop' })
      await until(2)
      await first.close()
      events.add({ kind: 'containment' })
      const second = await serve()
      await until(3)
      events.add({ kind: 'adopt' })
      await until(4)
      assert.deepEqual(kinds(), ['start', 'stop', 'containment', 'adopt'])
      child.kill()
      await second.close()
    } finally {
      child.kill()
    }
  })
})

describe('events --follow of a quiet kind', () => {
  it('goes on after the daemon was restarted, also when nothing was shown yet', async () => {
    const path = join(folder, 'quiet.sock')
    const events = memoryFeed()
    events.add({ kind: 'spoof' }, { kind: 'start' })
    const followed = Promise.withResolvers<void>()
    const told: typeof events.after = (...asks) => {
      followed.resolve()
      return events.after(...asks)
    }
    const serve = () => serveControl({ socket: path, operations, events: { ...events, after: told } })
    const first = await serve()
    const words = ['edge', 'events', '--follow', '--limit', '0', '--kind', 'spoof', '--json', '--socket', path]
    const child = spawn(process.execPath, [...flags, ...words], { env: environment })
    const said = { out: '', err: '' }
    child.stdout.on('data', (part: Buffer) => (said.out += part.toString()))
    child.stderr.on('data', (part: Buffer) => (said.err += part.toString()))
    const ended = once(child, 'exit')
    const waiting = (stream: Readable) => Promise.race([once(stream, 'data'), ended])
    try {
      await followed.promise
      await first.close()
      while (!/Waiting for the daemon/.test(said.err) && child.exitCode === null) await waiting(child.stderr)
      events.add({ kind: 'spoof' }, { kind: 'denial' })
      const second = await serve()
      while (said.out === '' && child.exitCode === null) await waiting(child.stdout)
      assert.match(said.err, /^The edge at .* Waiting for the daemon\.\n$/)
      assert.deepEqual(
        [...said.out.matchAll(/"kind":"([a-z-]+)","site"/g)].map(([, kind]) => kind),
        ['spoof'],
      )
      child.kill()
      await second.close()
    } finally {
      child.kill()
    }
  })
})

describe('the socket that is meant', () => {
  const run = join(folder, 'run')
  mkdirSync(run)
  const rows: readonly {
    name: string
    target: Parameters<typeof socketOf>[0]
    environment: Record<string, string>
    expect: string
  }[] = [
    {
      name: 'is the one named',
      target: { socket: '/x.sock', edge: 'a' },
      environment: { BULKHEAD_SOCKET: '/y.sock' },
      expect: '/x.sock',
    },
    {
      name: 'is that of the edge named',
      target: { edge: 'a' },
      environment: { BULKHEAD_SOCKET: '/y.sock' },
      expect: join(run, 'a.sock'),
    },
    { name: 'is that of the environment', target: {}, environment: { BULKHEAD_SOCKET: '/y.sock' }, expect: '/y.sock' },
  ]
  for (const { name, target, environment: variables, expect } of rows)
    it(name, () => assert.equal(socketOf(target, variables, run), expect))
  it('is nobody knows which when there is none', () =>
    assert.throws(
      () => socketOf({}, {}, run),
      (error) => error instanceof Fault && error.code === 'edge-unreachable',
    ))
  it('is the only one there', () => {
    writeFileSync(join(run, 'b.sock'), '')
    writeFileSync(join(run, 'other.txt'), '')
    assert.equal(socketOf({}, { BULKHEAD_SOCKET: '' }, run), join(run, 'b.sock'))
  })
  it('is asked for when there are several', () => {
    writeFileSync(join(run, 'a.sock'), '')
    assert.throws(
      () => socketOf({}, {}, run),
      (error) => {
        assert.ok(error instanceof Fault)
        assert.deepEqual([error.code, error.details], ['usage', ['a', 'b']])
        return true
      },
    )
  })
  it('is not said to be missing where one may not look', () => {
    const closed = join(folder, 'closed')
    mkdirSync(closed, { mode: 0 })
    const script = `import { socketOf } from ${JSON.stringify(fileURLToPath(new URL('connection.ts', import.meta.url)))}
      try { socketOf({}, {}, ${JSON.stringify(closed)}) } catch ({ code, message }) { console.log(code, message) }`
    // root may look everywhere, until its capabilities are gone
    const unprivileged = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : ['env']
    const [program, ...words] = [...unprivileged, process.execPath, '--input-type=module', '-e', script]
    const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' })
    assert.equal(stdout, `privileges-missing You may not look for edges in ${closed}.\n`, stderr)
  })
})
