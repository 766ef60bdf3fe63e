/** Asking a running manager: over its socket, or over TLS from another machine. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { catalogue, codeOf, type ErrorCode, Fault } from '#core/errors.ts'
import { request } from '#core/http.ts'
import { Problem } from '#schema/manager-api.ts'

const patienceMs = 30_000
const usualBytes = 16 << 20

const isCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code)

/** What a manager that refuses says; a fault of its own where it says nothing of ours. */
export const faultIn = (answer: unknown): Fault => {
  const problem = Problem.safeParse(answer)
  if (!problem.success) return new Fault('internal', 'The manager answered something else than expected.')
  const { code, what, advice, details } = problem.data.error
  return new Fault(isCode(code) ? code : 'internal', what, { advice, details })
}

export interface Ask<T> {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly answer: z.ZodType<T>
  /** Bytes that an answer may have; 16 MB when absent. */
  readonly mostBytes?: number
}

export interface Remote {
  readonly url: URL
  /** PEM of the authority to trust; those of the system without it. */
  readonly ca?: string | undefined
  /** An API token. */
  readonly token: string
}

/** The path of its socket, or another machine. */
export type ManagerPlace = string | Remote

interface Call {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** ms of silence */
  readonly timeout?: number
}

/** A request that was not sent yet, to whoever wants its answer as it comes. */
export const callManager = (place: ManagerPlace, call: Call): ClientRequest => {
  if (typeof place === 'string') return request({ ...call, agent: false, socketPath: place })
  const { url, ca, token } = place
  // Loaded here: most are asked over a socket.
  return process.getBuiltinModule('node:https').request({
    ...call,
    agent: false,
    headers: { ...call.headers, authorization: `Bearer ${token}` },
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    minVersion: 'TLSv1.3',
    ...(ca === undefined ? {} : { ca }),
  })
}

/** @returns Fault `manager-unreachable`, or `privileges-missing` when its socket is somebody else's */
export const unreachableAt = (place: ManagerPlace, error: unknown): Fault => {
  if (typeof place === 'string') {
    const code = codeOf(error)
    if (code === 'EACCES' || code === 'EPERM')
      return new Fault('privileges-missing', `You may not use the socket ${place} of the manager.`, {
        advice:
          'Run the command as root, or as the user that the manager runs as; or log in: --manager and --token-file.',
        cause: error,
      })
    return new Fault('manager-unreachable', `No manager answers at ${place}.`, { cause: error })
  }
  return new Fault('manager-unreachable', `No manager answers at ${place.url.origin}.`, {
    cause: error,
    advice: 'Check --manager and --ca, and whether a manager listens there.',
    details: error instanceof Error ? [error.message] : [],
  })
}

/**
 * @throws Fault of the manager, or `manager-unreachable`
 */
export const askManager = <T>(
  place: ManagerPlace,
  { method = 'GET', path, body, answer, mostBytes = usualBytes }: Ask<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const unreachable = (error: unknown): void => reject(unreachableAt(place, error))
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const call = callManager(place, { method, path, headers, timeout: patienceMs })
    call.on('response', (response: IncomingMessage) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
        if (text.length > mostBytes) call.destroy()
      })
      response.on('error', unreachable)
      response.on('end', () => {
        try {
          const value: unknown = JSON.parse(text)
          if ((response.statusCode ?? 500) >= 400) reject(faultIn(value))
          else resolve(answer.parse(value))
        } catch {
          reject(faultIn(undefined))
        }
      })
    })
    call.on('timeout', () => call.destroy(new Error('timeout')))
    call.on('error', unreachable)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
