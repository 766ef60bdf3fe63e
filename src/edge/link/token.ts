/** Reading an enrolment token. Nothing of it is ever shown: it holds a secret. */
import { Fault } from '#core/errors.ts'
import { EnrolmentToken } from '#schema/link-enrolment.ts'
import { parseEndpoint } from './endpoint.ts'

const prefix = 'bhe_'
const longest = 8192

const decoded = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text.slice(prefix.length), 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** @throws Fault `usage` */
export const parseToken = (given: string): EnrolmentToken => {
  const text = given.trim()
  const token =
    text.startsWith(prefix) && text.length <= longest ? EnrolmentToken.safeParse(decoded(text)).data : undefined
  if (token === undefined || token.urls.some((url) => parseEndpoint(url) === undefined))
    throw new Fault('usage', 'This is no enrolment token.', {
      advice: 'Copy it whole, from `bhe_` on; `bulkhead edges enrol SITE EDGE` at the manager prints a new one.',
    })
  return token
}
