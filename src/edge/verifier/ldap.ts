/** A password tried by a simple bind to a directory (RFC 4511, 4.2; RFC 4513, 5.1.3). */
import { Client, InvalidCredentialsError } from 'ldapts'
import { Fault } from '#core/errors.ts'
import { withoutSecrets } from '#core/secrets.ts'
import { canBeAsked, type PasswordVerifier, type Verdict } from './verifier.ts'

export interface LdapOptions {
  /** ldaps://, or ldap:// with {@link startTls}; ldap:// alone only to this computer. */
  readonly url: string
  readonly startTls?: boolean
  /** PEM of the directory's authority. */
  readonly ca?: string
  /** `{user}` stands for the name. */
  readonly dn: string
  /** ms. */
  readonly timeout: number
}

/** A value inside a distinguished name (RFC 4514, 2.4). */
export const escapedDn = (value: string): string =>
  value
    .replaceAll(/[\\,+"<>;=#]/g, (one) => `\\${one}`)
    // Not only where it must be: no other character than these needs thought.
    .replaceAll(/[\p{Cc}]/gu, (one) =>
      [...Buffer.from(one, 'utf8')].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''),
    )
    .replace(/^ /, '\\ ')
    .replace(/ $/, '\\ ')

/** The right password of an account that may not be used now, as Active Directory says in its message. */
const rightAllTheSame = /\bdata (530|531|532|533|701|773)\b/
/** It is locked already: nothing was compared. */
const locked = /\bdata 775\b/

const verdictOf = (error: unknown): Verdict => {
  if (!(error instanceof InvalidCredentialsError)) return 'not-asked'
  if (rightAllTheSame.test(error.message)) return 'current'
  return locked.test(error.message) ? 'not-asked' : 'wrong'
}

/** @throws Fault when a password would cross the network in the clear */
export const ldapVerifier = ({ url, startTls = false, ca, dn, timeout }: LdapOptions): PasswordVerifier => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(parsed?.hostname ?? '')
  if (parsed === undefined || !['ldap:', 'ldaps:'].includes(parsed.protocol))
    throw new Fault('usage', `the directory ${withoutSecrets(url)} has no ldaps:// or ldap:// address`)
  if (parsed.protocol === 'ldap:' && !startTls && !isLocal)
    throw new Fault(
      'usage',
      `the directory ${withoutSecrets(url)} would be sent passwords in the clear: use ldaps:// or start-tls`,
    )
  if (!dn.includes('{user}')) throw new Fault('usage', `the name ${dn} has no place for {user}`)
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2' as const,
    host: parsed.hostname,
    servername: /^[\d.]+$/.test(parsed.hostname) ? '' : parsed.hostname,
  }
  const open = new Set<Client>()

  return {
    verify: async (user, password) => {
      if (!canBeAsked(user, password)) return 'not-asked'
      const client = new Client({
        url,
        timeout,
        connectTimeout: timeout,
        ...(parsed.protocol === 'ldaps:' ? { tlsOptions: tls } : {}),
      })
      open.add(client)
      try {
        if (startTls && parsed.protocol === 'ldap:') await client.startTLS(tls)
        await client.bind(
          dn.replaceAll('{user}', () => escapedDn(user)),
          password,
        )
        return 'current'
      } catch (error) {
        return verdictOf(error)
      } finally {
        open.delete(client)
        client.unbind().catch(() => {})
      }
    },
    close: () => {
      for (const client of open) client.unbind().catch(() => {})
    },
  }
}
