/** Who asks: by cookie, by API token, or as the local administrator through the socket. */
import type { IncomingHttpHeaders } from 'node:http'
import { type Permission, permissions, roles } from '#schema/manager-api.ts'
import { tokenPrefix } from '../accounts/secret.ts'
import { findSession } from '../accounts/sessions.ts'
import { findToken } from '../accounts/tokens.ts'
import type { Manager } from '../context.ts'
import type { Who } from './route.ts'

/** `__Host-` binds it to this host, to TLS and to the root path (RFC 6265bis, 4.1.3.2). */
const cookieName = '__Host-bulkhead'

export const cookieOf = (secret: string | undefined): string =>
  `${cookieName}=${secret ?? ''}; Path=/; Secure; HttpOnly; SameSite=Strict${secret === undefined ? '; Max-Age=0' : ''}`

const secretForm = /^[A-Za-z0-9_-]{43}$/

const isPermission = (name: string): name is Permission => Object.hasOwn(permissions, name)
/** The owner of the socket can read the database, too; only personal matters need a person. */
const local: Who = {
  kind: 'local',
  actor: 'local administrator',
  permissions: new Set(
    Object.keys(permissions).filter((name) => isPermission(name) && name !== 'account:self') as Permission[],
  ),
}

/**
 * The secret of an `Authorization` header. Also Basic (RFC 7617), with an API token as password: firewalls and TAXII clients know nothing
 * else. The name in front of it says nothing.
 */
const secretOf = (header: string): string => {
  const bearer = /^Bearer (\S{1,100})$/i.exec(header)?.[1]
  if (bearer !== undefined) return bearer
  const basic = /^Basic ([A-Za-z0-9+/]{1,400}={0,2})$/i.exec(header)?.[1] ?? ''
  const text = Buffer.from(basic, 'base64').toString()
  return text.slice(text.indexOf(':') + 1)
}

const cookieIn = (header: string | undefined): string | undefined =>
  header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1)

/** Nobody, when the proof is missing, wrong or has ended. A token that is sent decides alone: a cookie beside it is not looked at. */
export const whoAsks = async (
  manager: Manager,
  headers: IncomingHttpHeaders,
  isLocal: boolean,
): Promise<Who | undefined> => {
  if (headers.authorization !== undefined) {
    const secret = secretOf(headers.authorization)
    if (!secret.startsWith(tokenPrefix) || !secretForm.test(secret.slice(tokenPrefix.length))) return undefined
    const found = await findToken(manager, secret)
    if (found === undefined) return undefined
    const allowed: readonly Permission[] = roles[found.user.role]
    const granted = found.scopes.filter((scope) => allowed.includes(scope))
    return {
      kind: 'token',
      actor: `${found.user.name} (token ${found.id})`,
      permissions: new Set(granted),
      user: found.user,
    }
  }
  const secret = cookieIn(headers.cookie)
  if (secret === undefined) return isLocal ? local : undefined
  if (!secretForm.test(secret)) return undefined
  const found = await findSession(manager, secret)
  if (found === undefined) return undefined
  return {
    kind: 'session',
    actor: found.user.name,
    permissions: new Set(roles[found.user.role]),
    user: found.user,
    session: found.id,
  }
}
