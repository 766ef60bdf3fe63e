/** A manager in this process, in a state directory of its own, and a client that speaks TLS to it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { settle } from '#manager/privileges.ts'
import { askManager } from '#manager/client.ts'
import { type ManagerOptions, type RunningManager, startManager } from '#manager/run.ts'
import { socketOf } from '#manager/socket.ts'
import { AuditReport, User } from '#schema/manager-api.ts'
import { copyTemplate, keptFolder, templateFolder } from './template.ts'

export const password = 'correct horse battery'

export interface Reply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: unknown
}
export interface Send {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly cookie?: string
  readonly token?: string
  readonly headers?: Record<string, string>
}

export interface Started {
  readonly manager: RunningManager
  readonly state: string
  readonly log: string[]
  send(what: Send): Promise<Reply>
  /** @returns the cookie */
  logIn(name: string, totp?: string): Promise<string>
  end(): Promise<void>
}

/** JSON of any kind as its value, other text as it is; nothing when there is neither. */
const bodyOf = (text: string, type: string | undefined): unknown =>
  type === undefined ? undefined : /^application\/(\w+\+)?json/.test(type) ? JSON.parse(text) : text

/** In a directory that the process still owns after it became an unprivileged user. */
const root = mkdtempSync(join(tmpdir(), 'manager-'))
const templates = templateFolder()
const compiled = keptFolder('compiled')
settle(root)
// Node keeps compiled modules by user: without a folder of its own, every process that is started as this user compiles all of them.
if (compiled !== undefined) process.env['NODE_COMPILE_CACHE'] = compiled
process.on('exit', () => rmSync(root, { recursive: true, force: true }))
let serial = 0
/** Empty: what starts there is the first start. */
export const freshState = (): string => mkdtempSync(join(root, `${serial++}-`))
/** With a database that nobody has used, and without keys: for a manager whose first start is not what is tested. */
export const readyState = async (): Promise<string> => {
  const state = freshState()
  await copyTemplate(templates, state)
  return state
}

/**
 * What a person's client does: TLS and a cookie.
 * @param kept connections serve several requests, as a browser's do
 */
export const clientOf = ({
  host = '127.0.0.1',
  port,
  ca,
  kept = false,
}: {
  readonly host?: string
  readonly port: number
  readonly ca: string | undefined
  readonly kept?: boolean
}): Pick<Started, 'send' | 'logIn'> => {
  const agent = kept && new Agent({ keepAlive: true })
  const send = ({ method = 'GET', path, body, cookie, token, headers = {} }: Send): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const call = request(
        {
          host,
          port,
          servername: 'localhost',
          ca,
          method,
          path,
          agent,
          headers: {
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(cookie === undefined ? {} : { cookie }),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...headers,
          },
        },
        (response) => {
          let text = ''
          response.on('data', (part: Buffer) => (text += part.toString()))
          response.on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: bodyOf(text, response.headers['content-type']),
            })
          })
        },
      )
      call.on('error', reject)
      call.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
    })
  const logIn = async (name: string, totp?: string): Promise<string> => {
    const reply = await send({ method: 'POST', path: '/v1/login', body: { name, password, ...(totp && { totp }) } })
    if (reply.status !== 200) throw new Error(`log-in of ${name}: ${JSON.stringify(reply.body)}`)
    return String(reply.headers['set-cookie']).split(';')[0]!
  }
  return { send, logIn }
}

/** A state directory that is given is used as it is. */
export const start = async (more: Partial<ManagerOptions> = {}): Promise<Started> => {
  const state = more.state ?? (await (more.url === undefined ? readyState() : freshState()))
  const log: string[] = []
  const manager = await startManager({
    state,
    listen: { host: '127.0.0.1', port: 0 },
    hosts: ['localhost', '127.0.0.1'],
    version: '0.0.0',
    log: { write: (line) => void log.push(line) },
    ...more,
  })
  const { send, logIn } = clientOf({ ...manager, kept: true })
  return {
    manager,
    state,
    log,
    send,
    logIn,
    end: async () => {
      await manager.close()
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** The same, with the administrator ann. */
export const startSetUp = async (more: Partial<ManagerOptions> = {}): Promise<Started> => {
  const started = await start(more)
  const body = { code: started.manager.setup?.code, name: 'ann', password }
  const reply = await started.send({ method: 'POST', path: '/v1/setup', body })
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body))
  return started
}

/** Through the socket, as the local administrator. */
export const addUser = (state: string, name: string) =>
  askManager(socketOf(state), {
    method: 'POST',
    path: '/v1/users',
    body: { name, role: 'viewer', password },
    answer: User,
  })
export const verifyAudit = (state: string) =>
  askManager(socketOf(state), { path: '/v1/audit/verify', answer: AuditReport })
