/** An edge that answers the commands on decoys, for their tests. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decoyAnswers, decoyRequests, type DecoyList, type RecordedSession } from '#schema/decoys-control.ts'
import { commandLine, type Ran } from '../../../test/fixtures/command-lines.ts'

const b64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
export const tcpSession: RecordedSession = {
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
  'decoys-return': { returned: ['198.18.1.41'], used: [{ address: '198.18.1.43', seconds: 12 }], quiet: 60 },
  'decoys-sessions': [tcpSession, udpSession],
}
const isOperation = (name: string): name is keyof typeof decoyRequests => Object.hasOwn(decoyRequests, name)

export interface Edge {
  /** For files; it goes with the edge. */
  readonly folder: string
  /** What the edge was asked, as its own documents read it. */
  readonly asked: unknown[]
  /** `bulkhead decoys …` with this edge. */
  readonly bulkhead: (...words: readonly string[]) => Promise<Ran>
  close(): void
}

export const startEdge = async (): Promise<Edge> => {
  const folder = mkdtempSync(join(tmpdir(), 'decoys-cli-'))
  const socket = join(folder, 'edge.sock')
  const environment = { ...process.env, BULKHEAD_SOCKET: socket }
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
  server.listen(socket)
  await once(server, 'listening')
  return {
    folder,
    asked,
    bulkhead: (...words) => commandLine(['decoys', ...words], environment),
    close: () => {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
