/**
 * Risk of sources in the kernel: a score for each address, and for every risk that conduits ask for the set of those at or above it.
 * All of it ends by itself, stays with the daemon dead, and outlives generations.
 */
import { canonicalIp } from '#core/address.ts'
import { setsOf } from '#linux/nft-objects.ts'
import { Nft } from '#linux/nftables.ts'
import { riskSet, risksAsked } from '#policy/nft/guards.ts'
import { table } from '#policy/nft/names.ts'
import { riskScores } from '#policy/nft/state.ts'
import { timeoutOf } from '#policy/nft/timeout.ts'
import { chunkSize } from '#policy/nft/writer.ts'
import type { Family } from '#policy/plan.ts'
import type { State } from '#policy/state.ts'
import { steadyNow, type Edge } from '../context.ts'
import type { Store } from '../store/open.ts'
import { refreshed, transaction } from './containment.ts'
import { listMap } from './elements.ts'

export interface Risk {
  readonly ip: string
  /** 0 to 100; 0 is as good as unknown. */
  readonly score: number
  /** ms since 1970 */
  readonly expires: number
}

/** A risk as the kernel has it: seconds until it ends. */
interface Held {
  readonly ip: string
  readonly score: number
  readonly seconds: number
}

/** Seconds that nft takes at most. */
const longest = 1000 * 86_400
const familyOf = (ip: string): Family => (ip.includes(':') ? 6 : 4)

/** Every score that has not ended. */
export const listRisks = (nft: Nft, family: string): Held[] =>
  ([4, 6] as const).flatMap((version) =>
    listMap(nft, family, table, riskScores(version)).map(({ key: [ip = ''], value = '0', expires = 0 }) => ({
      ip,
      score: Number(value),
      seconds: expires,
    })),
  )

const lately = new WeakMap<Nft, { readonly at: number; readonly risks: State['risks'] }>()
/** ms for which risks that were read are good enough to say why a packet was denied. */
const lateMs = 1000

/** Risks by address, as they were a moment ago; none where no conduit asks for them. */
export const knownRisks = ({ nft, family, plan }: Pick<Edge, 'nft' | 'family' | 'plan'>): State['risks'] => {
  if (risksAsked(plan).length === 0) return new Map()
  const now = performance.now()
  const last = lately.get(nft)
  if (last !== undefined && now - last.at < lateMs) return last.risks
  const risks = new Map(listRisks(nft, family).map(({ ip, score }) => [ip, score]))
  lately.set(nft, { at: now, risks })
  return risks
}

/** Risks for which there is a set, whichever plan asked for them. */
const asked = (family: 'bridge' | 'inet', namespace: string | undefined): number[] => [
  ...new Set(
    setsOf(family, table, namespace).flatMap(({ name }) => {
      const match = /^risk(\d+)_[46]$/.exec(name)
      return match === null ? [] : [Number(match[1])]
    }),
  ),
]

const membership = (family: string, { ip, score, seconds }: Held, thresholds: readonly number[]): string[] =>
  thresholds.flatMap((threshold) => {
    const set = `${family} ${table} ${riskSet(threshold, familyOf(ip))}`
    return score >= threshold
      ? refreshed(set, ip, seconds)
      : [`add element ${set} { ${ip} timeout 1s }`, `delete element ${set} { ${ip} }`]
  })

const inChunks = (nft: Nft, changes: readonly (readonly string[])[]): void => {
  let lines: string[] = []
  for (const change of changes) {
    if (lines.length > 0 && lines.length + change.length > chunkSize) {
      transaction(nft, lines)
      lines = []
    }
    lines.push(...change)
  }
  transaction(nft, lines)
}

/**
 * Sets the risk of some addresses; of all others it stays. A source at or above what a conduit asks for loses the permit with its next
 * packet, and so do answers to it.
 * @throws Fault `kernel-rejected`, also when there is no room (65,536 of each IP version)
 */
export const setRisk = (edge: Pick<Edge, 'nft' | 'family' | 'store'>, risks: readonly Risk[]): void => {
  putRisks(edge, risks, steadyNow(edge.store))
  lately.delete(edge.nft)
}

/** The same at a moment (ms since 1970), in a network that may be another's. */
export const putRisks = (
  { nft, family }: { readonly nft: Nft; readonly family: 'bridge' | 'inet' },
  risks: readonly Risk[],
  now: number,
  namespace?: string,
): void => {
  if (risks.length === 0) return
  const thresholds = asked(family, namespace)
  const present = new Map(listRisks(nft, family).map(({ ip, score }) => [ip, score]))
  // Of several for one address the last counts.
  const wanted = new Map(risks.map((risk) => [canonicalIp(risk.ip) ?? risk.ip, risk]))
  inChunks(
    nft,
    [...wanted].map(([ip, { score, expires }]) => {
      const seconds = Math.min((expires - now) / 1000, longest)
      const held = { ip, score: seconds > 0 ? score : 0, seconds }
      const map = `${family} ${table} ${riskScores(familyOf(ip))}`
      return [
        // Added first, since it may have ended by now; an element cannot get another value.
        ...(present.has(ip)
          ? [`add element ${map} { ${ip} timeout 1s : ${present.get(ip) ?? 0} }`, `delete element ${map} { ${ip} }`]
          : []),
        ...(held.score > 0 ? [`add element ${map} { ${ip} ${timeoutOf(seconds)} : ${score} }`] : []),
        ...membership(family, held, thresholds),
      ]
    }),
  )
}

/**
 * Puts what a manager said of sources back into the kernel, after a restart of the machine or of the rules: until then they would pass
 * as if nothing were known of them, and the manager may be away for weeks.
 * @throws Fault `kernel-rejected`
 */
export const restoreRisks = ({
  nft,
  family,
  store,
}: Pick<Edge, 'nft' | 'family'> & { readonly store: Pick<Store, 'held' | 'lastTime'> }): void => {
  const now = steadyNow(store)
  const held = store.held.list('risk').filter(({ became, expires }) => became !== '' && expires > now)
  putRisks(
    { nft, family },
    held.map(({ ip, became, expires }) => ({ ip, score: Number(became), expires })),
    now,
  )
}

/** Fills the sets of a generation that is about to run from the scores: it may ask for risks that nobody asked for before. */
export const fillRisks = (family: 'bridge' | 'inet', namespace: string | undefined): void => {
  const nft = Nft.open(namespace === undefined ? {} : { namespace })
  try {
    const thresholds = asked(family, namespace)
    inChunks(
      nft,
      listRisks(nft, family)
        .filter(({ seconds }) => seconds > 0)
        .map((held) => membership(family, held, thresholds)),
    )
  } finally {
    nft.close()
  }
}
