/** Asking a running manager, over its socket. */
import { request } from 'node:http'
import type * as z from 'zod'
import { catalogue, type ErrorCode, Fault } from '#core/errors.ts'
import { Problem } from '#schema/manager-api.ts'

const patienceMs = 30_000
const mostBytes = 16 << 20

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
}

/** @throws Fault of the manager, or `manager-unreachable` */
export const askManager = <T>(socketPath: string, { method = 'GET', path, body, answer }: Ask<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const unreachable = (error: unknown): void =>
      reject(new Fault('manager-unreachable', `No manager answers at ${socketPath}.`, { cause: error }))
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const call = request({ socketPath, method, path, headers, timeout: patienceMs, agent: false }, (response) => {
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
