import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startEdge, tcpSession, type Edge } from './trial.ts'

let edge: Edge
before(async () => {
  edge = await startEdge()
})
after(() => edge.close())

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
    const file = join(edge.folder, `${id}.pcap`)
    assert.equal((await edge.bulkhead('replay', id, '--pcap', file)).code, 0)
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
    const broken = join(edge.folder, 'broken.pcap')
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
