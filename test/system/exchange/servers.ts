/** Receivers that are not ours: syslog-ng, aiosmtpd; and a small HTTPS server that does as it is told. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { join } from 'node:path'
import { ownCertificate } from '#manager/tls/authority.ts'
import { until } from '../until.ts'

export interface Pair {
  readonly folder: string
  readonly ca: string
  readonly cert: string
  readonly key: string
}
/** A certificate for localhost from an authority of its own, also as files. */
export const pairIn = (parent: string): Pair => {
  const folder = mkdtempSync(join(parent, 'tls-'))
  const { cert, key, ca = '' } = ownCertificate(folder, ['localhost', '127.0.0.1'], Date.now())
  return { folder, ca, cert, key }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createTcp()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
/** As the kernel has it (proc_pid_net(5), state 0A): a probe that connects is a client that the server did not ask for. */
const listens = (port: number): boolean => {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, own = '', , state]) => own.endsWith(local) && state === '0A')
}
const children: ChildProcess[] = []
const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 3000).unref()
  })

/** Also those of a test that failed. */
export const endAll = async (): Promise<void> => void (await Promise.all(children.map(ended)))

export interface Server {
  readonly port: number
  readonly lines: () => string[]
  end(): Promise<void>
}

const started = async (child: ChildProcess, port: number, lines: () => string[]): Promise<Server> => {
  children.push(child)
  let said = ''
  child.stderr?.on('data', (part: Buffer) => (said += part.toString()))
  await until('the server listens', () => {
    if (child.exitCode !== null) throw new Error(said)
    return listens(port)
  })
  return { port, lines, end: () => ended(child) }
}

/** One line a message, with the fields as syslog-ng understood them. */
export const syslogServer = async ({ folder }: Pair, tls: boolean, fixed?: number): Promise<Server> => {
  const port = fixed ?? (await freePort())
  const out = join(folder, `out-${port}`)
  const secure = `tls(key-file("${folder}/server.key") cert-file("${folder}/server.crt") peer-verify(optional-untrusted))`
  const config = join(folder, `syslog-${port}.conf`)
  writeFileSync(
    config,
    `@version: 3.38
options { keep-hostname(yes); use-dns(no); };
source in { syslog(ip("127.0.0.1") port(${port}) transport("${tls ? 'tls' : 'tcp'}") ${tls ? secure : ''}); };
destination out { file("${out}" template("$PRI|$HOST|$PROGRAM|$MSGID|\${.SDATA.meta.sequenceId}|$MSG\\n")); };
log { source(in); destination(out); };
`,
  )
  const place = (name: string): string => join(folder, `${name}-${port}`)
  const child = spawn(
    '/usr/sbin/syslog-ng',
    ['-F', '--no-caps', '-f', config, '-R', place('persist'), '-p', place('pid'), '-c', place('ctl')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  return started(child, port, () => (existsSync(out) ? readFileSync(out, 'utf8').split('\n').filter(Boolean) : []))
}

const smtpScript = `
import json, ssl, sys, time
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
port, cert, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
class Handler:
  async def handle_DATA(self, server, session, envelope):
    print(json.dumps({'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None,
      'user': session.auth_data.login.decode() if session.auth_data else None,
      'text': envelope.content.decode('utf8')}), flush=True)
    return '250 OK'
def authenticator(server, session, envelope, mechanism, data):
  return AuthResult(success=data.login == b'ot' and data.password == b'mail secret', handled=False, auth_data=data)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)
Controller(Handler(), hostname='127.0.0.1', port=port, tls_context=context, require_starttls=True,
  auth_required=True, authenticator=authenticator).start()
time.sleep(120)
`
export const smtpServer = async ({ folder }: Pair): Promise<Server> => {
  const port = await freePort()
  const child = spawn(
    '/usr/bin/python3',
    ['-c', smtpScript, String(port), `${folder}/server.crt`, `${folder}/server.key`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let text = ''
  child.stdout?.on('data', (part: Buffer) => (text += part.toString()))
  return started(child, port, () => text.split('\n').filter(Boolean))
}

export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export interface Reply {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}
export const httpsServer = (pair: Pair, answer: (got: Got) => Reply) =>
  new Promise<{ port: number; got: Got[]; end: () => Promise<void> }>((resolve) => {
    const got: Got[] = []
    const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
        got.push(one)
        const { status, headers = {}, body: text = '' } = answer(one)
        response.writeHead(status, headers).end(text)
      })
    })
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const end = () =>
        new Promise<void>((done) => {
          server.closeAllConnections()
          server.close(() => done())
        })
      resolve({ port, got, end })
    })
  })
