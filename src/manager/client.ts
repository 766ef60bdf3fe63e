/** Asking a running manager: over its socket, or over TLS from another machine. */
import { type IncomingMessage, request } from 'node:http'
import { request as requestOverTls } from 'node:https'
import type * as z from 'zod'
import { catalogue, type ErrorCode, Fault } from '#core/errors.ts'
import { Problem } from '#schema/manager-api.ts'

const patienceMs = 30_000
const usualBytes = 16 << 20

const isCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code)

const faultIn = (answer: unknown): Fault => {
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

/**
 * @param place the path of its socket, or another machine
 * @throws Fault of the manager, or `manager-unreachable`
 */
export const askManager = <T>(
  place: string | Remote,
  { method = 'GET', path, body, answer, mostBytes = usualBytes }: Ask<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const where = typeof place === 'string' ? place : place.url.origin
    const unreachable = (error: unknown): void =>
      reject(
        new Fault('manager-unreachable', `No manager answers at ${where}.`, {
          cause: error,
          ...(typeof place === 'string'
            ? {}
            : {
                advice: 'Check --manager and --ca, and whether a manager listens there.',
                details: error instanceof Error ? [error.message] : [],
              }),
        }),
      )
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(typeof place === 'string' ? {} : { authorization: `Bearer ${place.token}` }),
    }
    const shared = { method, path, headers, timeout: patienceMs, agent: false } as const
    const onResponse = (response: IncomingMessage): void => {
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
    }
    const call =
      typeof place === 'string'
        ? request({ ...shared, socketPath: place }, onResponse)
        : requestOverTls(
            {
              ...shared,
              host: place.url.hostname.replaceAll(/^\[|\]$/g, ''),
              port: place.url.port === '' ? 443 : Number(place.url.port),
              minVersion: 'TLSv1.3',
              ...(place.ca === undefined ? {} : { ca: place.ca }),
            },
            onResponse,
          )
    call.on('timeout', () => call.destroy(new Error('timeout')))
    call.on('error', unreachable)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
