/** Logins in a request: typed into the form, or sent as Basic authentication (RFC 7617). */
import { attemptLimit, type Attempt } from '#core/personality.ts'
import type { HttpProfile } from './profile.ts'
import type { Request } from './request.ts'

const cut = (text: string): string => text.slice(0, attemptLimit)
const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')

const attempt = (user: string, password: string): Attempt => ({
  user: cut(user),
  secret: { kind: 'password', text: cut(password) },
})

const basic = (request: Request): Attempt | undefined => {
  const coded = /^basic\s+([A-Za-z0-9+/=_-]{1,2048})$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (coded === undefined) return undefined
  const text = Buffer.from(coded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? attempt(text, '') : attempt(text.slice(0, colon), text.slice(colon + 1))
}

const form = ({ method, path, query, body }: Request, { login }: HttpProfile): Attempt | undefined => {
  if (login.kind !== 'form') return undefined
  const fields = new URLSearchParams(method === 'POST' ? utf8(body) : query)
  const password = fields.get(login.password)
  if (password !== null) return attempt(login.user === '' ? '' : (fields.get(login.user) ?? ''), password)
  // Whoever posts there without the field means to log in all the same.
  return method === 'POST' && path === login.action
    ? { user: cut(fields.get(login.user) ?? ''), secret: { kind: 'none' } }
    : undefined
}

export const loginOf = (
  request: Request,
  profile: HttpProfile,
): { readonly attempt: Attempt; readonly by: 'form' | 'basic' } | undefined => {
  const typed = form(request, profile)
  if (typed !== undefined) return { attempt: typed, by: 'form' }
  const sent = basic(request)
  return sent === undefined ? undefined : { attempt: sent, by: 'basic' }
}
