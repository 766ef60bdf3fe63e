/** The verifier that a policy names. */
import { readAtMost } from '#policy/read-at-most.ts'
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { Verifier } from '#schema/decoys.ts'
import { guarded } from './guard.ts'
import { ldapVerifier } from './ldap.ts'
import { listVerifier } from './list.ts'
import { radiusVerifier } from './radius.ts'
import type { PasswordVerifier, VerifierStore } from './verifier.ts'

const needed = (kind: string, name: string, value: string | undefined): string => {
  if (value === undefined || value === '') throw new Fault('usage', `a verifier of kind ${kind} needs ${name}`)
  return value
}
/** bytes */
const longest = 1 << 20
const read = (path: string): string => {
  try {
    const bytes = readAtMost(path, longest)
    if (bytes !== undefined) return bytes.toString('utf8')
  } catch {
    throw new Fault('file-unreadable', `${path} cannot be read`)
  }
  throw new Fault('file-unreadable', `${path} is longer than ${longest >> 20} MB`)
}
const ms = (duration: string): number => durationSeconds(duration) * 1000

const plain = (verifier: Verifier): PasswordVerifier => {
  const timeout = ms(verifier.timeout)
  const { kind } = verifier
  if (kind === 'list') return listVerifier(needed(kind, 'file', verifier.file))
  if (kind === 'radius') {
    const secret = Buffer.from(read(needed(kind, 'secret-file', verifier['secret-file'])).trim(), 'utf8')
    return radiusVerifier({ server: needed(kind, 'server', verifier.server), secret, timeout })
  }
  return ldapVerifier({
    url: needed(kind, 'url', verifier.url),
    dn: needed(kind, 'dn', verifier.dn),
    ...(verifier['start-tls'] === undefined ? {} : { startTls: verifier['start-tls'] }),
    ...(verifier.ca === undefined ? {} : { ca: read(verifier.ca) }),
    timeout,
  })
}

/**
 * Directories stand behind the guard; a local list locks nobody out and is always asked.
 * @throws Fault when something is missing, unreadable, or would send passwords in the clear
 */
export const verifierOf = (
  verifier: Verifier,
  { store, now = Date.now }: { readonly store: VerifierStore; readonly now?: () => number },
): PasswordVerifier => {
  const asked = plain(verifier)
  if (verifier.kind === 'list') return asked
  return guarded(asked, { store, lockOut: verifier['lock-out'], window: ms(verifier['lock-out-window']), now })
}
