/** What is done about somebody who spoke to a decoy. Pure. */
import { parseResponse } from '#policy/compile/responses.ts'
import type { OutOfScope, Plan } from '#policy/plan.ts'
import type { Mode, Site } from '#schema/site.ts'

export interface Toucher {
  readonly ip: string
  /** A source that could not be forged: it completed a handshake, or is bound to its port and Ethernet address by the policy. */
  readonly certain: boolean
}

export type Reaction =
  | { readonly does: 'contain'; readonly who: 'stranger' | 'known'; readonly response: OutOfScope }
  /** The zone's mode, or what was agreed about known assets, keeps it from being contained. */
  | { readonly does: 'tell'; readonly would: boolean; readonly why: string }

/** Nobody has reason to speak to a decoy: a stranger is contained, a known asset only where that was agreed on. */
const defaults = {
  stranger: { action: 'contain', seconds: 3600, scope: 'edge' },
  known: { action: 'alert', seconds: 3600, scope: 'edge' },
} as const satisfies Record<'stranger' | 'known', OutOfScope>

/** The agreed response to the touch of a decoy in a zone. */
export const agreedOn = (site: Pick<Site, 'responses'>, zone: string, who: 'stranger' | 'known'): OutOfScope => {
  const row = site.responses.find((response) => response.zone === zone && response.event === 'decoy')
  const text = row?.[who]
  return text === undefined ? defaults[who] : parseResponse(text, defaults[who])
}

export interface Surroundings {
  readonly site: Pick<Site, 'responses'>
  readonly plan: Pick<Plan, 'known' | 'routerIps' | 'decoys'>
  /** Zone of the decoy, and its mode. */
  readonly zone: string
  readonly mode: Mode | undefined
}

export const reactionTo = ({ ip, certain }: Toucher, { site, plan, zone, mode }: Surroundings): Reaction => {
  const tell = (why: string, would = false): Reaction => ({ does: 'tell', would, why })
  const known = plan.known.find((row) => row.ip === ip)
  if (known?.kind === 'sis') return tell('it is a safety asset, which is never contained')
  // By its Ethernet address everything that comes through it would stop.
  const isGateway = plan.decoys?.pools.some(({ gateway }) => gateway === ip) === true
  if (known === undefined && (isGateway || plan.routerIps.includes(ip)))
    return tell('it is a router, behind which others are')
  const who = known === undefined ? 'stranger' : 'known'
  const response = agreedOn(site, zone, who)
  if (response.action !== 'contain')
    return tell(who === 'known' ? 'it is a known asset, and nobody agreed on containing it' : 'the responses say so')
  if (!certain) return tell('a datagram can be forged')
  if (mode !== 'contain') return tell(`zone ${zone} is in mode ${mode ?? 'observe'}`, true)
  return { does: 'contain', who, response }
}
