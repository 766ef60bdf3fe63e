/** A manager runs for years, and what it shows ends sooner: its own certificate is issued again while it runs, the rest is said in time. */
import { X509Certificate } from 'node:crypto'
import type { ServerCertificate } from './authority.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
/** End of a certificate, or of the first of a chain, in PEM; ms since 1970. */
const endOf = (pem: string): number => Date.parse(new X509Certificate(pem).validTo)

/** Told so long before it ends. An authority is long: every edge that is to be enrolled again may want a visit. */
const authorityWarnMs = 365 * dayMs
const givenWarnMs = 30 * dayMs

/**
 * What ends soon and nobody but a person can renew.
 * @param authority PEM of the own one
 * @param given PEM of what `--cert` brought
 */
export const termAlarms = (authority: string, given: string | undefined, now: number): string[] => {
  const authorityEnd = endOf(authority)
  const givenEnd = given === undefined ? Infinity : endOf(given)
  const of = (end: number): string => `${end <= now ? 'ended' : 'ends'} on ${dateOf(end)}`
  return [
    ...(authorityEnd - now < authorityWarnMs
      ? [
          `The authority that edges trust (ca.crt) ${of(authorityEnd)}; from then on no edge gets in. See docs/deploy.md, "When certificates end".`,
        ]
      : []),
    ...(givenEnd - now < givenWarnMs
      ? [`The certificate of --cert ${of(givenEnd)}. Put another in its place, and restart the manager.`]
      : []),
  ]
}

export interface TermsOptions {
  /** The own certificate; another one when it was issued again. */
  readonly own: () => ServerCertificate
  /** Shows it from now on; links that stand are left as they are. */
  readonly show: (certificate: ServerCertificate) => void
  readonly onTrouble: (what: string) => void
}

export interface Terms {
  /** Every hour; looks whether the own certificate has to be another one. */
  readonly look: () => void
  readonly close: () => void
}

/** @param shown what is shown now */
export const watchTerms = (shown: ServerCertificate, { own, show, onTrouble }: TermsOptions): Terms => {
  let current = shown.cert
  const look = (): void => {
    try {
      const fresh = own()
      if (fresh.cert === current) return
      show(fresh)
      current = fresh.cert
    } catch (error) {
      onTrouble(`the certificate was not renewed, and that is tried again: ${String(error)}`)
    }
  }
  const timer = setInterval(look, hourMs)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}
