import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { seal } from '#edge/credentials/seal.ts'
import { decoyAnswers, decoyRequests, type DecoyList, type RecordedSession } from '#schema/decoys-control.ts'
import { type Ran, startCommandLines } from '../../../test/fixtures/command-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'decoys-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const socket = join(folder, 'edge.sock')
const lines = startCommandLines({ ...process.env, BULKHEAD_SOCKET: socket })
after(() => lines.close())
const bulkhead = (...words: readonly string[]): Promise<Ran> => lines.run(['decoys', ...words])

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const tcpSession: RecordedSession = {
  id: 's-1',
  decoy: '198.18.1.40',
  persona: 'hmi-panel',
  source: '198.18.0.77',
  sourcePort: 40_001,
  service: 'telnet',
  transport: 'tcp',
  port: 23,
  from: Date.UTC(2026, 10, 21, 12),
  to: Date.UTC(2026, 10, 21, 12, 0, 9),
  received: 7,
  sent: 100_007,
  cut: true,
  class: 'vendor-default',
  chunks: [
    { d: 1, t: 1, b: b64('login: ') },
    { d: 0, t: 900, b: b64('root\r\n\x1b') },
    { d: 1, t: 1200, b: Buffer.alloc(100_000, 65).toString('base64') },
  ],
}
const udpSession: RecordedSession = {
  ...tcpSession,
  id: 's-2',
  service: 'snmp',
  transport: 'udp',
  port: 161,
  cut: false,
  chunks: [
    {
      d: 0,
      t: 0,
      b: b64(
        '0&\x02\x01\x01\x04\x06public\xa1\x19\x02\x04\x01\x02\x03\x04\x02\x01\x00\x02\x01\x000\x0b0\t\x06\x05+\x06\x01\x02\x01\x05\x00',
      ),
    },
    {
      d: 1,
      t: 12,
      b: b64(
        '0&\x02\x01\x01\x04\x06public\xa2\x19\x02\x04\x01\x02\x03\x04\x02\x01\x00\x02\x01\x000\x0b0\t\x06\x05+\x06\x01\x02\x01\x05\x00',
      ),
    },
  ],
}
const row = (address: string, given: Partial<DecoyList['decoys'][number]> = {}): DecoyList['decoys'][number] => ({
  address,
  mac: '00:1b:1b:00:00:01',
  name: `PLC-${address.slice(-2)}`,
  serial: 'S 1',
  persona: 's7-1500',
  pool: 'fill',
  station: '001b1b000001',
  state: 'standing',
  since: '2026-11-21T10:00:00Z',
  contacts: 0,
  exchanges: 0,
  ...given,
})
const list: DecoyList = {
  site: 'plant',
  edge: 'cell-1',
  epoch: 12,
  lastShuffle: '2026-11-21T10:00:00Z',
  nextShuffle: '2999-01-01T00:00:00Z',
  host: { state: 'running', pid: 4711, memory: 80_000_000, connections: 3, refused: 1, faults: 0, restarts: 2 },
  pools: [{ id: 'fill', zone: 'cell', approved: 5, real: ['198.18.1.39'] }],
  decoys: [
    row('198.18.1.38'),
    row('198.18.1.40', { contacts: 2, exchanges: 9, lastContact: '2026-11-21T11:00:00Z' }),
    row('198.18.1.41', { state: 'withdrawn', until: '2999-01-01T00:00:00Z', name: 'EVIL\u001b[2J' }),
  ],
}
const answers = {
  decoys: list,
  'decoys-shuffle': { epoch: 13, moved: 2, changed: 3, appeared: ['198.18.1.42'], left: ['198.18.1.38'], ms: 41 },
  'decoys-sessions': [tcpSession, udpSession],
}
const isOperation = (name: string): name is keyof typeof decoyRequests => Object.hasOwn(decoyRequests, name)

/** What an edge was asked, as its own documents read it. */
const asked: unknown[] = []
const server = createServer((request, response) => {
  const name = request.url?.replace('/v1/', '') ?? ''
  let body = ''
  request.on('data', (part: Buffer) => void (body += part.toString()))
  request.on('end', () => {
    if (!isOperation(name)) {
      response.writeHead(404).end('{}')
      return
    }
    const given = decoyRequests[name].parse(JSON.parse(body))
    asked.push({ name, ...given })
    const session = 'id' in given ? [tcpSession, udpSession].find(({ id }) => id === given.id) : undefined
    const answer =
      name === 'decoys-session'
        ? (session ?? { error: { code: 'not-found', what: 'There is no such session.', advice: 'x', details: [] } })
        : decoyAnswers[name].parse(answers[name])
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
})
before(async () => {
  server.listen(socket)
  await once(server, 'listening')
})
after(() => server.close())

describe('bulkhead decoys', () => {
  const rows: readonly { words: readonly string[]; asks: readonly object[]; says: readonly RegExp[] }[] = [
    {
      words: ['list'],
      asks: [{ name: 'decoys' }],
      says: [
        /^2 decoys on edge cell-1, 1 withdrawn; epoch 12, moved .* ago, next movement in \d/,
        /decoy host running \(pid 4711, 80 MB\), 3 connections, 1 refused, 0 faults, 2 restarts/,
        // Who was touched stands first.
        /last contact\n198\.18\.1\.40 .* 2 +9 /,
        /EVIL·\[2J .*withdrawn, \d+d/,
        /fill +2 +5 +1 +40\.0 % +66\.7 % +0\.333 +0 +0/,
        /fill: 1 real hosts need 9 decoys, and 5 addresses are approved: approve 4 more/,
      ],
    },
    {
      words: ['show', 'plc-40'],
      asks: [{ name: 'decoys' }, { name: 'decoys-sessions', decoy: '198.18.1.40', limit: 50 }],
      says: [/^address +198\.18\.1\.40\n/, /contacts +2, 9 exchanges/, /s-1 .*198\.18\.0\.77 .*tcp\/23/],
    },
    {
      words: ['shuffle', '--now', '--reason', 'exercise'],
      asks: [{ name: 'decoys-shuffle', now: true, force: false, reason: 'exercise' }],
      says: [
        /^2 decoys moved, 3 became other devices where they stand; epoch 13 \(41 ms\)\.\nleft: {2}198\.18\.1\.38\nstand: 198\.18\.1\.42\n$/,
      ],
    },
    {
      words: ['sessions', '--source', '198.18.0.77', '--limit', '7'],
      asks: [{ name: 'decoys-sessions', source: '198.18.0.77', limit: 7 }],
      says: [/s-1 .* 9s +198\.18\.0\.77 +198\.18\.1\.40 tcp\/23 .* 7 +100,007 +vendor-default/],
    },
    {
      words: ['replay', 's-1'],
      asks: [{ name: 'decoys-session', id: 's-1' }],
      says: [
        /the recording was cut at its limit; login: vendor-default/,
        / 0\.001 s {2}decoy {3}7 bytes\n {4}0000 {2}6c 6f 67 69 6e 3a 20 +login: \n/,
        / 0\.900 s {2}source {2}7 bytes\n {4}0000 {2}72 6f 6f 74 0d 0a 1b +root\.\.\.\n/,
      ],
    },
  ]
  for (const { words, asks, says } of rows)
    it(words.join(' '), async () => {
      asked.length = 0
      const { code, out, err } = await bulkhead(...words)
      assert.deepEqual([code, err], [0, ''])
      for (const [i, wanted] of asks.entries()) assert.partialDeepStrictEqual(asked[i], wanted)
      assert.equal(asked.length, asks.length)
      for (const pattern of says) assert.match(out, pattern)
      const json = await bulkhead(...words, '--json')
      assert.equal(json.code, 0)
      JSON.parse(json.out)
    })

  const faults: readonly { words: readonly string[]; code: number; says: RegExp }[] = [
    { words: ['show', '198.18.1.49'], code: 1, says: /no decoy 198\.18\.1\.49; did you mean 198\.18\.1\.4/ },
    { words: ['replay', 's-9'], code: 1, says: /no such session/ },
    { words: ['list', '--socket', join(folder, 'none.sock')], code: 5, says: /No edge answers/ },
    { words: ['shuffle'], code: 2, says: /--reason/ },
    { words: ['sessions', '--limit', '0'], code: 2, says: /from 1 to/ },
    { words: ['plan', '--seed', 'abc'], code: 2, says: /64 hexadecimal/ },
    { words: ['plan', 'examples/small.yaml'], code: 1, says: /no decoys on edge `cabinet`/ },
    { words: ['plan', 'examples/small.yaml', '--edge', 'cabinett'], code: 2, says: /did you mean `cabinet`/ },
  ]
  for (const { words, code, says } of faults)
    it(`${words.slice(0, 3).join(' ').replace(folder, '')} says what is wrong`, async () => {
      const ran = await bulkhead(...words)
      assert.match(ran.err, says)
      assert.equal(ran.code, code)
    })
})

describe('bulkhead decoys open', () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const key = join(folder, 'responder.pem')
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()

  it('gives back what was typed, without letting it steer the terminal', async () => {
    const { code, out } = await bulkhead('open', '--key', key, seal(pem, 'hunter2'), seal(pem, 'a\u001bb'))
    assert.deepEqual([code, out], [0, 'hunter2\na·b\n'])
  })
  it('refuses what was sealed for another key', async () => {
    const foreign = generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }).toString()
    const { code, err } = await bulkhead('open', '--key', key, seal(foreign, 'hunter2'))
    assert.equal(code, 7)
    assert.match(err, /does not open/)
  })
})

const tshark = spawnSync('tshark', ['--version']).status === 0
describe('a capture of a session', { skip: tshark ? false : 'tshark is not installed' }, () => {
  const fields = (file: string, ...names: readonly string[]): string[][] => {
    const wanted = names.flatMap((name) => ['-e', name])
    const { stdout } = spawnSync(
      'tshark',
      [
        '-r',
        file,
        '-o',
        'ip.check_checksum:TRUE',
        '-o',
        'tcp.check_checksum:TRUE',
        '-o',
        'udp.check_checksum:TRUE',
        '-T',
        'fields',
        ...wanted,
      ],
      { encoding: 'utf8' },
    )
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
  }
  const written = async (id: string): Promise<string> => {
    const file = join(folder, `${id}.pcap`)
    assert.equal((await bulkhead('replay', id, '--pcap', file)).code, 0)
    return file
  }

  for (const id of ['s-1', 's-2'])
    it(`${id} is read without a warning or an error`, async () => {
      const found = fields(await written(id), '_ws.expert.severity', '_ws.expert.message')
      // 6291456: warning; 8388608: error.
      const bad = found.filter(([severity = '']) => severity.split(',').some((each) => Number(each) >= 6_291_456))
      assert.deepEqual(bad, [])
    })

  it('that lacks a segment is told: the readings above can fail', async () => {
    const file = await written('s-1')
    const broken = join(folder, 'broken.pcap')
    assert.equal(spawnSync('editcap', [file, broken, '6']).status, 0)
    const severities = fields(broken, '_ws.expert.severity').flatMap(([all = '']) => all.split(','))
    assert.ok(
      severities.some((each) => Number(each) >= 6_291_456),
      severities.join(' '),
    )
  })

  it('of TCP has a handshake, every byte of both directions, and an end, at the times of the recording', async () => {
    const file = await written('s-1')
    const rowsFound = fields(file, 'tcp.flags', 'ip.src', 'frame.time_epoch')
    assert.deepEqual(
      rowsFound.slice(0, 3).map(([flags]) => flags),
      ['0x0002', '0x0012', '0x0010'],
    )
    assert.deepEqual(
      rowsFound.slice(-3).map(([flags]) => flags),
      ['0x0011', '0x0011', '0x0010'],
    )
    const times = rowsFound.map(([, , time]) => Number(time))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.ok(Math.abs((times.at(-1) ?? 0) - tcpSession.to / 1000) < 0.01)
    const follow = spawnSync('tshark', ['-r', file, '-q', '-z', 'follow,tcp,raw,0'], {
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    })
    const said = (indented: boolean) =>
      follow.stdout
        .split('\n')
        .filter((line) => /^\t?[0-9a-f]+$/.test(line) && line.startsWith('\t') === indented)
        .join('')
        .replaceAll('\t', '')
    const of = (d: 0 | 1) =>
      Buffer.concat(
        tcpSession.chunks.filter((chunk) => chunk.d === d).map(({ b }) => Buffer.from(b, 'base64')),
      ).toString('hex')
    assert.equal(said(false), of(0))
    assert.equal(said(true), of(1))
  })

  it('of UDP has its datagrams', async () => {
    const found = fields(await written('s-2'), 'ip.src', 'udp.srcport', 'snmp.community')
    assert.deepEqual(found, [
      ['198.18.0.77', '40001', 'public'],
      ['198.18.1.40', '161', 'public'],
    ])
  })

  it('is for its owner alone', async () => {
    const file = await written('s-2')
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })
})
