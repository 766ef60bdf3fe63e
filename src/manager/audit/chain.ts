/**
 * The chain over the audit. Row n holds the hash of row n-1 and is signed with Ed25519 (RFC 8032), so nothing can be altered,
 * moved or taken out of the middle unnoticed. docs/manager.md says how to check it by hand.
 */
import { canonical, type Json } from '#core/canonical.ts'
import { sha256 } from '#schema/chain.ts'

export interface AuditBody {
  readonly time: string
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly before?: string
  readonly after?: string
}

export interface AuditRecord {
  readonly sequence: number
  readonly time: Date
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly body: string
  readonly previous: string
  readonly hash: string
  readonly key: string
  readonly signature: string
}

export interface Signer {
  readonly fingerprint: string
  sign(text: string): string
}
export interface Verifier {
  readonly fingerprint: string
  verify(text: string, signature: string): boolean
}

/** SHA-256 over: previous hash, number, canonical JSON; one line each. */
export const rowHash = (previous: string, sequence: number, body: string): string =>
  sha256(`${previous}\n${sequence}\n${body}`)

/** Hash of an object as it was or is; secrets are no part of it. */
export const objectHash = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : sha256(canonical(value))

const bodyText = (body: AuditBody): string => canonical({ ...body } satisfies Json)

/** The row that follows. The signature covers the hash, and with it everything before. */
export const nextRecord = (
  head: { readonly sequence: number; readonly hash: string },
  body: AuditBody,
  signer: Signer,
): AuditRecord => {
  const text = bodyText(body)
  const sequence = head.sequence + 1
  const hash = rowHash(head.hash, sequence, text)
  return {
    sequence,
    time: new Date(body.time),
    actor: body.actor,
    action: body.action,
    object: body.object,
    body: text,
    previous: head.hash,
    hash,
    key: signer.fingerprint,
    signature: signer.sign(hash),
  }
}
