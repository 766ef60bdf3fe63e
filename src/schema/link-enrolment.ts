/** How an edge comes to a certificate: tokens, requests beside the stream, and what is signed for them. docs/link.md. */
import * as z from 'zod'
import { Base64, Hash, Name, Time } from './link-values.ts'

/** What an enrolment token (`bhe_` and base64url of this as JSON) holds: where to dial, whom to trust there, and the secret. */
export const EnrolmentToken = z.strictObject({
  /** `wss://HOST:PORT` or `unix:PATH`, in the order to try. */
  urls: z.array(z.string().max(256)).min(1).max(8),
  /** SHA-256 of the authority's certificate in DER. */
  ca: Hash,
  secret: z.string().min(32).max(64),
})
export type EnrolmentToken = z.infer<typeof EnrolmentToken>

/** POST /link/v1/enrol: `publicKey` SPKI in DER, `proof` its signature over `bulkhead-enrol\nSECRET`. */
export const EnrolRequest = z.strictObject({
  secret: z.string().max(64),
  publicKey: Base64.max(1024),
  proof: Base64.max(256),
  version: z.string().max(64),
})
export type EnrolRequest = z.infer<typeof EnrolRequest>

/** POST /link/v1/renew: for a certificate that has ended while there was no line. Signed as {@link Renew}. */
export const RenewRequest = z.strictObject({ site: Name, edge: Name, at: Time, signature: Base64.max(256) })

export const Enrolled = z.strictObject({
  site: Name,
  edge: Name,
  domain: z.string().max(253),
  /** PEM: the edge's certificate, and the authority's. */
  certificate: z.string().max(16_384),
  authority: z.string().max(16_384),
  until: Time,
  /** SPKI in PEM of the key that signs what goes down. */
  signer: z.string().max(1024),
  urls: z.array(z.string().max(256)).min(1).max(8),
})
export type Enrolled = z.infer<typeof Enrolled>

export const enrolText = (secret: string): string => `bulkhead-enrol\n${secret}`
export const renewText = (id: string, at: number): string => `bulkhead-renew\n${id}\n${at}`
