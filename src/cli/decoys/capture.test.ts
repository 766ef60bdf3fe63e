import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { withoutTshark } from '../../../test/oracle/tshark.ts'
import { startEdge, tcpSession, type Edge } from './trial.ts'

let edge: Edge
before(async () => {
  edge = await startEdge()
})
after(() => edge.close())

describe('a capture of a session', { skip: withoutTshark() ?? false }, () => {
  /** @param more e.g. what is to be said after the rows */
  const read = (file: string, names: readonly string[], more: readonly string[] = []) => {
    const checked = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`])
    const wanted = names.flatMap((name) => ['-e', name])
    const words = ['-r', file, ...checked, '-T', 'fields', ...wanted, ...more]
    const { stdout } = spawnSync('tshark', words, { encoding: 'utf8', maxBuffer: 1 << 24 })
    const [rows = '', rest = ''] = stdout.split(/^=+$/m)
    return {
      rest,
      rows: rows
        .trimEnd()
        .split('\n')
        .map((line) => Object.fromEntries(line.split('\t').map((cell, index) => [names[index] ?? '', cell]))),
    }
  }
  const written = async (id: string): Promise<string> => {
    const file = join(edge.folder, `${id}.pcap`)
    assert.equal((await edge.bulkhead('replay', id, '--pcap', file)).code, 0)
    return file
  }
  const severity = '_ws.expert.severity'
  // 6291456: warning; 8388608: error.
  const bad = ({ [severity]: each = '' }: Readonly<Record<string, string>>) =>
    each.split(',').some((one) => Number(one) >= 6_291_456)
  let tcp: ReturnType<typeof read>
  let udp: ReturnType<typeof read>
  before(async () => {
    const fields = [severity, '_ws.expert.message', 'tcp.flags', 'frame.time_epoch']
    tcp = read(await written('s-1'), fields, ['-z', 'follow,tcp,raw,0'])
    udp = read(await written('s-2'), [severity, '_ws.expert.message', 'ip.src', 'udp.srcport', 'snmp.community'])
  })

  it('of TCP is read without a warning or an error', () => assert.deepEqual(tcp.rows.filter(bad), []))
  it('of UDP is read without a warning or an error', () => assert.deepEqual(udp.rows.filter(bad), []))

  it('that lacks a segment is told: the readings above can fail', async () => {
    const file = await written('s-1')
    const broken = join(edge.folder, 'broken.pcap')
    assert.equal(spawnSync('editcap', [file, broken, '6']).status, 0)
    assert.ok(read(broken, [severity]).rows.some(bad))
  })

  it('of TCP has a handshake, every byte of both directions, and an end, at the times of the recording', () => {
    const flags = tcp.rows.map(({ 'tcp.flags': each }) => each)
    assert.deepEqual(flags.slice(0, 3), ['0x0002', '0x0012', '0x0010'])
    assert.deepEqual(flags.slice(-3), ['0x0011', '0x0011', '0x0010'])
    const times = tcp.rows.map(({ 'frame.time_epoch': time }) => Number(time))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.ok(Math.abs((times.at(-1) ?? 0) - tcpSession.to / 1000) < 0.01)
    const said = (indented: boolean) =>
      tcp.rest
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

  it('of UDP has its datagrams', () => {
    const found = udp.rows.map((row) => [row['ip.src'], row['udp.srcport'], row['snmp.community']])
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
