/** One request to the manager's link over HTTPS: enrolment, and renewal of a certificate that has ended. */
import { request } from 'node:https'
import * as z from 'zod'
import { Fault, messageOf } from '#core/errors.ts'
import { linkProtocol } from '#schema/link-frames.ts'
import { connectionOptions, parseEndpoint } from './endpoint.ts'

const answerLimit = 65_536
const patienceMs = 15_000

const Refusal = z.looseObject({
  error: z.looseObject({ what: z.string().max(1000), advice: z.string().max(1000).optional() }),
})

export interface Answer {
  readonly status: number
  readonly body: unknown
}

const documentOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const send = (url: string, authority: string, path: string, body: object): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const endpoint = parseEndpoint(url)
    if (endpoint === undefined) throw new Fault('usage', `${url} is no address of a manager.`)
    const text = JSON.stringify(body)
    const call = request(
      {
        ...connectionOptions(endpoint),
        method: 'POST',
        path,
        agent: false,
        ca: authority,
        minVersion: 'TLSv1.3',
        headers: {
          host: 'host' in endpoint ? endpoint.host : 'localhost',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'user-agent': linkProtocol,
        },
        signal: AbortSignal.timeout(patienceMs),
      },
      (response) => {
        const parts: Buffer[] = []
        let length = 0
        response.on('data', (part: Buffer) => {
          length += part.length
          if (length > answerLimit) call.destroy(new Error('the answer is too long'))
          else parts.push(part)
        })
        response.once('error', reject)
        response.once('end', () => {
          const status = response.statusCode ?? 0
          resolve({ status, body: documentOf(Buffer.concat(parts).toString()) })
        })
      },
    )
    call.once('error', reject)
    call.end(text)
  })

/**
 * Sends it to the first address that answers, and reads the answer by a document.
 * @throws Fault `manager-unreachable`, or `refused` with what the manager says
 */
export const post = async <T>(
  urls: readonly string[],
  authority: string,
  path: string,
  body: object,
  expected: z.ZodType<T>,
): Promise<T> => {
  const failures: string[] = []
  for (const url of urls) {
    let answer: Answer
    try {
      answer = await send(url, authority, path, body)
    } catch (error) {
      failures.push(`${url}: ${messageOf(error)}`)
      continue
    }
    const parsed = expected.safeParse(answer.body)
    if (answer.status === 200 && parsed.success) return parsed.data
    const refusal = Refusal.safeParse(answer.body).data?.error
    if (answer.status >= 400 && answer.status < 500)
      throw new Fault(
        'refused',
        refusal?.what ?? `The manager at ${url} refused (${answer.status}).`,
        refusal?.advice === undefined ? {} : { advice: refusal.advice },
      )
    failures.push(`${url}: ${refusal?.what ?? `it answered ${answer.status}`}`)
  }
  throw new Fault('manager-unreachable', 'No manager answers.', {
    details: failures,
    advice: 'Check the addresses, and whether the port of the link is open on the way there.',
  })
}
