/**
 * A decoy host as it is, with personas that say little: what tests of the host itself talk to.
 *   node echo.ts '{"idle": 500}'    limits that differ
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silence, type Answer, type Attempt, type Personality } from '#core/personality.ts'
import type { Persona, PersonaService } from '#core/persona.ts'
import type { Limits } from '#decoy/host/limits.ts'
import type { Certified, StreamService } from '#decoy/host/parts.ts'
import { runHost } from '#decoy/host/run.ts'
import { keepCompiled } from '#schema/compiled.ts'

const text = (said: string): Uint8Array => Buffer.from(said, 'latin1')
const answer = (said: string, more: Partial<Answer> = {}): Answer => ({ send: [text(said)], exchanges: 1, ...more })

/** Answers a line. */
const lineAnswer = (line: string): Answer => {
  const [word = '', first = '', second = ''] = line.split(' ')
  if (word === 'throw') throw new Error('a fault of a personality')
  if (word === 'close') return answer('bye\n', { close: true })
  if (word === 'tls') return answer('go\n', { tls: true })
  if (word === 'slow') return answer('slow\n', { delay: Number(first) })
  if (word === 'bytes') return answer('x'.repeat(Number(first)))
  if (word === 'busy') {
    const end = performance.now() + Number(first)
    while (performance.now() < end);
    return answer('done\n')
  }
  if (word === 'login') {
    const attempts: Attempt[] = [{ user: first, secret: { kind: 'password', text: second } }]
    return answer('refused\n', { attempts })
  }
  return answer(`${line}\n`, { notes: [`said ${word.slice(0, 20)}`] })
}

const joined = (answers: readonly Answer[]): Answer => ({
  ...Object.assign({}, ...answers),
  send: answers.flatMap(({ send }) => send),
  exchanges: answers.reduce((sum, { exchanges }) => sum + exchanges, 0),
  attempts: answers.flatMap(({ attempts = [] }) => attempts),
  notes: answers.flatMap(({ notes = [] }) => notes),
})

/** Takes lines; a datagram is a line. */
const echo: Personality<{ greeting?: string }> = {
  service: 'echo',
  transports: ['tcp', 'udp'],
  open: ({ identity }, { greeting }, transport) => {
    let rest = ''
    return {
      ...(greeting !== undefined && { greeting: [text(`${greeting} ${identity.name}\n`)] }),
      take: (bytes) => {
        rest += Buffer.from(bytes).toString('latin1') + (transport === 'udp' ? '\n' : '')
        const lines = rest.split('\n')
        rest = (lines.pop() ?? '').slice(-1024)
        const answers: Answer[] = []
        for (const line of lines) {
          const one = lineAnswer(line)
          answers.push(one)
          if (one.close || one.tls) break
        }
        return answers.length === 0 ? silence : joined(answers)
      },
    }
  },
}

/** Has the socket to itself: whatever comes is a password. */
const stream: StreamService = {
  greets: true,
  serve: (socket, _context, _profile, report) => {
    socket.write('STREAM\n')
    socket.on('data', (bytes: Buffer) => {
      const secret = { kind: 'password', text: bytes.toString('latin1').trim() } as const
      report({ exchanges: 1, attempts: [{ user: 'root', secret }] })
        .then(() => socket.write('no\n'))
        .catch(() => socket.destroy())
    })
    socket.resume()
  },
}

const services: PersonaService[] = [
  { service: 'echo', transport: 'tcp', port: 7001, profile: {} },
  { service: 'echo', transport: 'udp', port: 7001, profile: {} },
  { service: 'echo', transport: 'tcp', port: 7002, profile: { greeting: 'HELLO' } },
  { service: 'echo', transport: 'tcp', port: 7003, tls: true, profile: { greeting: 'SECRET' } },
  { service: 'stream', transport: 'tcp', port: 7004, profile: {} },
]
const persona: Persona = {
  id: 'echo-box',
  title: 'A box that echoes',
  vendor: 'Echo',
  model: 'Box',
  firmware: '1.0',
  kind: 'other',
  ouis: ['00:1b:1b'],
  ttl: 64,
  window: 8192,
  timestamps: false,
  windowScaling: false,
  sack: false,
  serial: 'E######',
  name: 'BOX-####',
  services,
}

const certificate = (): Certified => {
  const folder = mkdtempSync(join(tmpdir(), 'echo-'))
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30']
    execFileSync('openssl', [...words, '-subj', '/CN=echo', '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
let made: Certified | undefined

const given: Partial<Limits> = JSON.parse(process.argv[2] ?? '{}')
runHost(
  {
    personas: { [persona.id]: persona },
    personalities: { echo },
    streams: { stream },
    certificate: () => (made ??= certificate()),
    classifier: ({ honeytokens }) => {
      const tries = new Map<string, number>()
      return ({ user, verified, session }) => {
        const attempts = (tries.get(session.source) ?? 0) + 1
        tries.set(session.source, attempts)
        const isPlanted = honeytokens.some((token) => token.user === user)
        const isCurrent = verified === 'current'
        const kind = isPlanted ? 'honeytoken' : isCurrent ? 'compromised-credential' : 'guess'
        return { class: kind, attempts, users: 1, secrets: 1, evidence: [verified], contain: kind !== 'guess' }
      }
    },
  },
  given,
)
keepCompiled()
