/** Decoys of one edge: its pools without what is denied, its dark addresses, and for whom a decoy answers. */
import { durationSeconds } from '#schema/duration.ts'
import type { Decoys } from '#schema/decoys.ts'
import type { Site } from '#schema/site.ts'
import { edgeOf, edgesWithDecoys, networkOf, poolLimit, realOf, remaining, zoneOf, type Pool } from '../decoys/pools.ts'
import { addressesOf, holds, joined, readSpan } from '../decoys/spans.ts'
import { resolveEnd, type End } from '../ends.ts'
import type { PlanDeceive, PlanDecoys, PlanPool, PlanZone } from '../plan.ts'
import { parsePortText } from '../service.ts'
import { unique } from './topology.ts'

/** The edge's end of the pair whose other end decoys live behind. */
export const decoyDevice = 'bh-decoy'
/** Seconds between two movements by events, where there is no schedule. */
const eventPause = 600

const realIn = (site: Site, zone: string): string[] => {
  const networks = (site.zones[zone]?.networks ?? []).flatMap((text) => readSpan(text) ?? [])
  const real = realOf(site).flatMap(({ span }) => (networks.some((outer) => holds(outer, span)) ? [span] : []))
  return addressesOf(joined(real), Infinity)
}

const poolOf = (site: Site, decoys: Decoys, pool: Pool, real: readonly string[]): PlanPool[] => {
  const network = networkOf(site, pool)
  if (network === undefined) return []
  return [
    {
      id: pool.id,
      zone: pool.zone,
      addresses: addressesOf(remaining(site, pool.approved), poolLimit),
      real,
      prefix: Number(network.slice(network.indexOf('/') + 1)),
      ...(pool.gateway === undefined ? {} : { gateway: pool.gateway }),
      personas: Object.entries(pool.personas).map(([persona, count]) => ({ persona, count })),
      budget: pool.budget ?? decoys.budget,
    },
  ]
}

const networks4 = (end: End): string[] | undefined =>
  end.any
    ? undefined
    : unique([
        ...end.assets.flatMap(({ asset }) => asset.ips.map((ip) => `${ip}/32`)),
        ...end.networks.map(({ network }) => network),
      ]).filter((network) => !network.includes(':'))

const callers = ['stranger', 'known'] as const
/** A row says which decoy would answer; whether one does was agreed on in the responses of the asset's zone. */
const agreedOn = ({ responses }: Site, zone: string, who: (typeof callers)[number]): boolean =>
  responses.find((row) => row.zone === zone && row.event === 'out-of-scope')?.[who] === 'deceive'

const deceiveOf = (
  site: Site,
  decoys: Decoys,
  zones: readonly PlanZone[],
  pools: readonly PlanPool[],
): PlanDeceive[] => {
  const standing = new Set(pools.flatMap(({ personas }) => personas.map(({ persona }) => persona)))
  return decoys.deceive.flatMap(({ id, from, to, ports, persona }): PlanDeceive[] => {
    const [source, target] = [resolveEnd(site, from), resolveEnd(site, to)]
    if (source === undefined || target === undefined || !standing.has(persona)) return []
    const src = networks4(source)
    if (src?.length === 0) return []
    const assets = target.assets.filter(
      ({ asset }) => asset.kind !== 'sis' && zones.some(({ name }) => name === asset.zone),
    )
    return callers.flatMap((who) => {
      const dst = assets.flatMap(({ asset }) =>
        agreedOn(site, asset.zone, who) ? asset.ips.filter((ip) => !ip.includes(':')) : [],
      )
      return dst.length === 0
        ? []
        : ports.flatMap((text): PlanDeceive[] => {
            const port = parsePortText(text)
            const number = port?.ports[0]?.[0]
            if (port === undefined || number === undefined) return []
            const within = src === undefined ? {} : { src }
            return [{ id, ...within, who, dst: unique(dst), proto: port.proto, port: number, persona }]
          })
    })
  })
}

/** Failed binds that no edge ever comes near, and those below that edges of the site share: none knows what others asked. */
const spared = 2
const verifierOf = (site: Site, decoys: Decoys): Pick<PlanDecoys, 'verifier'> => {
  const { verifier } = decoys
  if (verifier === undefined) return {}
  const part = Math.floor((verifier['lock-out'] - spared) / Math.max(1, edgesWithDecoys(site).length))
  return { verifier: { ...verifier, 'lock-out': spared + part } }
}

const shuffleOf = (shuffle: NonNullable<Decoys['shuffle']>): NonNullable<PlanDecoys['shuffle']> => {
  const every = shuffle.every === undefined ? undefined : durationSeconds(shuffle.every)
  return {
    ...(every === undefined ? {} : { every }),
    on: shuffle.on ?? [],
    atLeast: every ?? eventPause,
    share: shuffle.share / 100,
  }
}

/**
 * Decoys that an edge places, and dark addresses that it watches.
 * @returns undefined when it has neither, so that the plan is what it was without
 */
export const compileDecoys = (site: Site, edge: string, zones: readonly PlanZone[]): PlanDecoys | undefined => {
  const { decoys } = site
  if (decoys === undefined) return undefined
  const mine = decoys.pools.filter((pool) => edgeOf(site, pool) === edge)
  const real = new Map(unique(mine.map(({ zone }) => zone)).map((zone) => [zone, realIn(site, zone)]))
  const pools = mine.flatMap((pool) => poolOf(site, decoys, pool, real.get(pool.zone) ?? []))
  const dark = decoys['sensor-only'].flatMap((network) => {
    const zone = zones.find(({ name }) => name === zoneOf(site, network))
    return zone === undefined ? [] : [{ zone: zone.index, network }]
  })
  if (pools.length === 0 && dark.length === 0) return undefined
  return {
    device: decoyDevice,
    pools,
    dark,
    deceive: deceiveOf(site, decoys, zones, pools),
    maxMacs: decoys['max-macs'],
    listenFor: durationSeconds(decoys['listen-for']),
    withdrawFor: durationSeconds(decoys['withdraw-for']),
    ...(decoys.shuffle === undefined ? {} : { shuffle: shuffleOf(decoys.shuffle) }),
    honeytokens: decoys.honeytokens,
    ...(decoys['responder-key'] === undefined ? {} : { responderKey: decoys['responder-key'] }),
    ...verifierOf(site, decoys),
    keepSessions: decoys['keep-sessions'] * 1_000_000,
  }
}
