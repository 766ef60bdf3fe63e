/** TLS of decoys: a certificate is made when somebody first needs it, and those used last are kept. */
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Identity } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { bounded } from './bounded.ts'
import type { Certified, HostParts } from './parts.ts'

/** Contexts that are kept, and certificates: one that changed would tell a decoy, and an RSA key takes long to make. */
const [kept, certificatesKept] = [64, 2048] as const

/**
 * The newest that any persona speaks: Windows has TLS 1.3 since Windows 11 and Server 2022 (Microsoft, "Protocols in TLS/SSL"), and a
 * controller or panel of these firmwares that offered it would be a Node in disguise.
 */
const newest = 'TLSv1.2'

export type Certificates = (key: string, identity: Identity, persona: Persona) => Promise<SecureContext>

/** The promise rejects where no certificate can be made. */
export const certificates = (make: HostParts['certificate']): Certificates => {
  const known = bounded<string, Promise<SecureContext>>(kept)
  const made = bounded<string, Promise<Certified>>(certificatesKept)
  const certificate = (key: string, identity: Identity, persona: Persona): Promise<Certified> => {
    const found = made.get(key)
    if (found !== undefined) return found
    const fresh = (async () => {
      if (make === undefined) throw new Error('nothing makes certificates')
      return await make(identity, persona)
    })()
    made.set(key, fresh)
    fresh.catch(() => made.delete(key))
    return fresh
  }
  return (key, identity, persona) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const context = certificate(key, identity, persona).then((certified) =>
      createSecureContext({ ...certified, maxVersion: newest }),
    )
    known.set(key, context)
    context.catch(() => known.delete(key))
    return context
  }
}
