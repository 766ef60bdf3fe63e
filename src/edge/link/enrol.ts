/** Enrolment: this edge proves its key to the manager that the token names, and keeps what it gets; and renewal without a link. */
import { Fault } from '#core/errors.ts'
import { Enrolled, type EnrolRequest, enrolText, renewText } from '#schema/link-enrolment.ts'
import type { ToEdgeOf } from '#schema/link-frames.ts'
import { spiffeId } from '#schema/link-values.ts'
import * as z from 'zod'
import { certificateHash, certificateProblem, fetchAuthority } from './certificates.ts'
import { parseEndpoint } from './endpoint.ts'
import { deviceKey, type DeviceKey, readEnrolled, writeEnrolled } from './files.ts'
import { post } from './post.ts'
import { parseToken } from './token.ts'
import { X509Certificate } from 'node:crypto'

/** The authority is known before the secret leaves: from the first address whose chain has the hash of the token. */
const authorityOf = async (urls: readonly string[], hash: string): Promise<string> => {
  let failure: unknown
  for (const url of urls) {
    const endpoint = parseEndpoint(url)
    if (endpoint === undefined) continue
    try {
      return await fetchAuthority(endpoint, hash, url)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (!(failure instanceof Fault) || error.code === 'refused') failure = error
    }
  }
  throw failure
}

const refuseOther = (enrolled: Enrolled | undefined, hash: string): void => {
  if (enrolled === undefined) return
  if (certificateHash(new X509Certificate(enrolled.authority).raw) === hash) return
  throw new Fault('refused', `This edge is enrolled with another manager, as ${enrolled.edge} of ${enrolled.site}.`, {
    advice: 'Stop the daemon and move `link` in its state directory away, then enrol again.',
  })
}

export interface EnrolOptions {
  readonly token: string
  readonly state: string
  readonly version: string
  /** Name that this machine's edge has here; another one is refused. */
  readonly edge?: string
}

/**
 * Enrols the edge of a state directory. Doing it again with the same token repeats an answer that was lost.
 * @throws Fault `usage`, `refused`, `manager-unreachable`, and those of the disk
 */
export const enrol = async ({ token: given, state, version, edge }: EnrolOptions): Promise<Enrolled> => {
  const { urls, ca, secret } = parseToken(given)
  refuseOther(readEnrolled(state), ca)
  const key = deviceKey(state)
  const authority = await authorityOf(urls, ca)
  const request: EnrolRequest = {
    secret,
    publicKey: key.spki.toString('base64'),
    proof: key.sign(enrolText(secret)),
    version: version.slice(0, 64),
  }
  const enrolled = await post(urls, authority, '/link/v1/enrol', request, Enrolled)
  if (enrolled.authority.trim() !== authority.trim() && !sameCertificate(enrolled.authority, authority))
    throw new Fault('refused', 'The manager gave another authority than the token names; nothing was kept.')
  const problem = certificateProblem(enrolled.certificate, { ...enrolled, spki: key.spki })
  if (problem !== undefined)
    throw new Fault('refused', `The certificate that the manager gave is of no use: ${problem}; nothing was kept.`)
  if (edge !== undefined && enrolled.edge !== edge)
    throw new Fault(
      'refused',
      `The token is for the edge "${enrolled.edge}", and this is "${edge}"; nothing was kept.`,
      {
        advice: `Enrol with --edge ${enrolled.edge}, or ask for a token for "${edge}".`,
      },
    )
  if (enrolled.urls.some((url) => parseEndpoint(url) === undefined))
    throw new Fault('refused', 'The manager gave addresses that are none; nothing was kept.')
  writeEnrolled(state, enrolled)
  return enrolled
}

const sameCertificate = (one: string, other: string): boolean => {
  try {
    return new X509Certificate(one).raw.equals(new X509Certificate(other).raw)
  } catch {
    return false
  }
}

/** A certificate in place of the one that is held. @throws Fault `refused` when it is not for this edge */
export const renewed = (
  enrolled: Enrolled,
  key: DeviceKey,
  { certificate, until }: Pick<ToEdgeOf<'svid'>, 'certificate' | 'until'>,
): Enrolled => {
  const problem = certificateProblem(certificate, { ...enrolled, spki: key.spki })
  if (problem !== undefined) throw new Fault('refused', `A certificate was refused: ${problem}.`)
  return { ...enrolled, certificate, until }
}

const Renewed = z.looseObject({ certificate: z.string().max(16_384), until: z.int().min(0) })

/** A new certificate for an edge whose own has ended while there was no line. */
export const renewByPost = async (enrolled: Enrolled, key: DeviceKey, now: number): Promise<Enrolled> => {
  const { site, edge, domain, urls, authority } = enrolled
  const signature = key.sign(renewText(spiffeId(domain, { site, edge }), now))
  const answer = await post(urls, authority, '/link/v1/renew', { site, edge, at: now, signature }, Renewed)
  return renewed(enrolled, key, answer)
}
