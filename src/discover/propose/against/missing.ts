/** What of the pairs that were seen a policy lacks, and where it would be added. */
import type { Conduit, Site } from '#schema/site.ts'
import { resolveEnd } from '#policy/ends.ts'
import type { Pair } from '../pairs.ts'
import { profileOf, type Profile } from '../profile.ts'
import { missingOf, type Coverage, type Covering } from './coverage.ts'

export interface Addition {
  readonly conduit: Conduit
  readonly index: number
  readonly pairs: readonly Pair[]
}

export interface Missing {
  /** Pairs for conduits of their own, with the commands that are missing. */
  readonly fresh: readonly Pair[]
  /** Conduits whose every pair was seen with the same commands that they do not allow. */
  readonly additions: readonly Addition[]
  /** Ids of conduits that something was seen of. */
  readonly used: ReadonlySet<string>
  readonly denied: readonly { readonly pair: Pair; readonly deny: string }[]
}

const lacking = (pair: Pair, profile: Profile): Pair => {
  const ids = new Set(profile.flatMap(({ commands }) => commands))
  return { ...pair, commands: pair.commands.filter(({ id }) => ids.has(id)) }
}

const opsOf = ({ commands }: Pair): string => [...new Set(commands.map(({ op }) => op))].toSorted().join(' ')

/** How many pairs a conduit is about; undefined when its ends are more than a list of assets. */
const sizeOf = (site: Site, { from, to }: Conduit): number | undefined => {
  const [sources, targets] = [resolveEnd(site, from), resolveEnd(site, to)]
  if (sources === undefined || targets === undefined) return undefined
  const isList = [sources, targets].every(({ any, networks }) => !any && networks.length === 0)
  return isList ? sources.assets.length * targets.assets.length : undefined
}

/**
 * Compares pairs with a policy. A conduit that covers more than was seen with a command is not widened, since others would gain by
 * it: then the command gets a conduit of its own, and both add up.
 */
export const missingFrom = (site: Site, coverage: Coverage, pairs: readonly Pair[]): Missing => {
  const fresh: Pair[] = []
  const used = new Set<string>()
  const denied: { pair: Pair; deny: string }[] = []
  const candidates = new Map<number, { conduit: Conduit; pairs: Pair[] }>()
  for (const pair of pairs) {
    const { client, server, service, protocol, commands } = pair
    const covering = coverage.of(client, server, service)
    for (const { conduit } of covering) used.add(conduit.id)
    const deny = coverage.deniedBy(client, server, service)
    if (deny !== undefined) {
      denied.push({ pair, deny })
      continue
    }
    const open = covering.filter(({ always }) => always)
    if (protocol === undefined) {
      if (open.every(({ conduit }) => conduit.allow !== undefined)) fresh.push(pair)
      continue
    }
    const profile = profileOf(protocol, commands, server.kind.value === 'sis')
    const missing = missingOf(
      protocol,
      profile,
      open.map(({ conduit }) => conduit),
    )
    if (missing.length === 0) continue
    const home = homeOf(site, open, protocol)
    const part = lacking(pair, missing)
    if (home === undefined) fresh.push(part)
    else {
      const known = candidates.get(home.index)
      if (known === undefined) candidates.set(home.index, { conduit: home.conduit, pairs: [part] })
      else known.pairs.push(part)
    }
  }
  const additions: Addition[] = []
  for (const [index, { conduit, pairs: parts }] of candidates) {
    const alike = new Set(parts.map(opsOf)).size === 1
    if (alike && sizeOf(site, conduit) === parts.length) additions.push({ conduit, index, pairs: parts })
    else fresh.push(...parts)
  }
  return { fresh, additions: additions.toSorted((a, b) => a.index - b.index), used, denied }
}

/** The narrowest conduit with commands for the protocol. */
const homeOf = (site: Site, open: readonly Covering[], protocol: string): Covering | undefined =>
  open
    .filter(({ conduit }) => conduit.service === protocol && conduit.allow !== undefined)
    .toSorted(
      (a, b) =>
        (sizeOf(site, a.conduit) ?? Number.MAX_SAFE_INTEGER) - (sizeOf(site, b.conduit) ?? Number.MAX_SAFE_INTEGER) ||
        a.index - b.index,
    )[0]
