/** What persons, or lists of known false positives, say is no threat: it wins over all evidence. Pure. */
import { canonicalIp, cidrContains, parseCidr, parseIp } from '#core/address.ts'

export interface Veto {
  readonly id: string
  /** In CIDR notation. */
  readonly network: string
  /** Everywhere when it names no site. */
  readonly site: string | null
  /** ms since 1970; without an end it holds until it is taken back. */
  readonly until: number | null
}

/** `198.18.1.7` or `198.18.1.0/24` as a network in CIDR notation; undefined when it is neither. */
export const networkOf = (text: string): string | undefined => {
  const ip = canonicalIp(text)
  if (ip !== undefined) return `${ip}/${parseIp(ip)?.family === 4 ? 32 : 128}`
  return parseCidr(text) === undefined ? undefined : text
}

/** The veto that covers a source at a site, if there is one. */
export const vetoOf = <V extends Veto>(all: readonly V[], site: string, ip: string, now: number): V | undefined =>
  all.find(
    (veto) =>
      (veto.site === null || veto.site === site) &&
      (veto.until === null || veto.until > now) &&
      cidrContains(veto.network, ip),
  )
