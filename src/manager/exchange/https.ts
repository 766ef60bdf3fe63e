/** One request over TLS, bounded in time and size. Redirects are answers like any other: nothing is followed. */
import { request } from 'node:https'
import { isIP } from 'node:net'
import { codeOf, Fault } from '#core/errors.ts'
import { legible } from '#core/legible.ts'
import { placeOf } from './dial.ts'

export interface Asked {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly ca?: string | undefined
  readonly ownPorts: readonly number[]
  readonly mostBytes: number
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}
export interface Answered {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

const usualMs = 20_000

/** The reason in an error of Node, in one line: what a receiver said or has in its certificate may stand in it. Neither bodies nor headers do. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  const code = codeOf(error)
  return legible((code === undefined ? error.message : `${code}: ${error.message}`).slice(0, 300))
}

/** @throws Fault `refused` for a place where the manager does not dial; Error when there is no whole answer */
export const ask = async (asked: Asked): Promise<Answered> => {
  const url = new URL(asked.url)
  const place = await placeOf(url.hostname, url.port === '' ? 443 : Number(url.port), asked.ownPorts)
  const timeout = AbortSignal.timeout(asked.timeoutMs ?? usualMs)
  const signal = asked.signal === undefined ? timeout : AbortSignal.any([timeout, asked.signal])
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: place.address,
        family: place.family,
        port: place.port,
        path: `${url.pathname}${url.search}`,
        method: asked.method,
        agent: false,
        signal,
        minVersion: 'TLSv1.2',
        ...(isIP(place.host) === 0 && { servername: place.host }),
        ...(asked.ca !== undefined && { ca: asked.ca }),
        headers: { host: url.host, 'user-agent': 'bulkhead', ...asked.headers },
      },
      (response) => {
        const parts: Buffer[] = []
        let size = 0
        response.on('data', (part: Buffer) => {
          size += part.length
          if (size > asked.mostBytes)
            call.destroy(new Fault('refused', `The answer is longer than ${asked.mostBytes} bytes.`))
          else parts.push(part)
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString('utf8'),
          }),
        )
      },
    )
    call.on('error', (error) => reject(timeout.aborted ? new Error('no answer in time', { cause: error }) : error))
    call.end(asked.body)
  })
}
