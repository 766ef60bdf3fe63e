/** What an edge asks of certificates: whose they are, who issued them, how long they last. */
import { createHash, X509Certificate } from 'node:crypto'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { Fault } from '#core/errors.ts'
import { type EdgeIdentity, spiffeId } from '#schema/link-values.ts'
import { connectionOptions, type Endpoint } from './endpoint.ts'

export const certificateHash = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex')

const dialMs = 10_000
const longestChain = 6

const unreachable = (where: string, error?: unknown): Fault =>
  new Fault('manager-unreachable', `No manager answers at ${where}.`, {
    advice: 'Check the address, and whether the port of the link is open on the way there.',
    cause: error,
    ...(error instanceof Error ? { details: [error.message] } : {}),
  })

/** The certificates that were shown, each with its issuer after it, in DER. */
const chainOf = (first: DetailedPeerCertificate): Uint8Array[] => {
  const chain: Uint8Array[] = []
  let shown: DetailedPeerCertificate | undefined = first
  for (let depth = 0; depth < longestChain && shown?.raw !== undefined; depth++) {
    chain.push(shown.raw)
    const { issuerCertificate: next }: Partial<DetailedPeerCertificate> = shown
    shown = next === shown ? undefined : next
  }
  return chain
}

/**
 * The authority's certificate, in PEM, as the manager shows it beside its own, known by its hash. Nothing is sent; whether the other end
 * is the manager is shown by the next connection, which trusts this authority alone.
 * @throws Fault `refused` when another authority answers, `manager-unreachable`
 */
export const fetchAuthority = (endpoint: Endpoint, hash: string, where: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { socketPath, ...rest } = { socketPath: undefined, ...connectionOptions(endpoint) }
    const socket = connect({
      ...rest,
      ...(socketPath === undefined ? {} : { path: socketPath }),
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      timeout: dialMs,
    })
    const fail = (fault: Fault): void => {
      socket.destroy()
      reject(fault)
    }
    socket.once('timeout', () => fail(unreachable(where)))
    socket.once('error', (error) => fail(unreachable(where, error)))
    socket.once('secureConnect', () => {
      const found = chainOf(socket.getPeerCertificate(true)).find((der) => certificateHash(der) === hash)
      if (found !== undefined) {
        socket.end()
        resolve(new X509Certificate(found).toString())
        return
      }
      fail(
        new Fault(
          'refused',
          `What answers at ${where} is not of the authority that the token names; nothing was sent.`,
          {
            advice: 'Make sure that nobody stands between, and ask the manager for a new token.',
          },
        ),
      )
    })
  })

export interface Expected extends EdgeIdentity {
  readonly domain: string
  /** PEM of the authority. */
  readonly authority: string
  /** SubjectPublicKeyInfo of the device, in DER. */
  readonly spki: Uint8Array
}

/** Why a certificate is not one for this edge; undefined when it is. */
export const certificateProblem = (pem: string, { authority, spki, ...identity }: Expected): string | undefined => {
  let certificate: X509Certificate
  let issuer: X509Certificate
  try {
    certificate = new X509Certificate(pem)
    issuer = new X509Certificate(authority)
  } catch {
    return 'it cannot be read'
  }
  if (!issuer.ca || !certificate.verify(issuer.publicKey)) return 'it is not signed by the authority'
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
  if (!key.equals(spki)) return 'it is for another key'
  if (certificate.subjectAltName !== `URI:${spiffeId(identity.domain, identity)}`) return 'it names another edge'
  return undefined
}

/** When a certificate should be renewed, at half its life, and when it ends; ms since 1970. */
export const termOf = (pem: string): { readonly renew: number; readonly until: number } => {
  const { validFrom, validTo } = new X509Certificate(pem)
  const [from, until] = [Date.parse(validFrom), Date.parse(validTo)]
  return { renew: from + (until - from) / 2, until }
}
