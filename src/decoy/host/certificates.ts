/** TLS of decoys: a certificate is made when somebody first needs it, and those used last are kept. */
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Identity } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { bounded } from './bounded.ts'
import type { HostParts } from './parts.ts'

/** Contexts that are kept. */
const kept = 64

export type Certificates = (key: string, identity: Identity, persona: Persona) => Promise<SecureContext>

/** The promise rejects where no certificate can be made. */
export const certificates = (make: HostParts['certificate']): Certificates => {
  const known = bounded<string, Promise<SecureContext>>(kept)
  const fresh = async (identity: Identity, persona: Persona): Promise<SecureContext> => {
    if (make === undefined) throw new Error('nothing makes certificates')
    return createSecureContext(await make(identity, persona))
  }
  return (key, identity, persona) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = fresh(identity, persona)
    known.set(key, made)
    made.catch(() => known.delete(key))
    return made
  }
}
