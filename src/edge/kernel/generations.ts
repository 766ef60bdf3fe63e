/** Generations in the kernel: which one runs, loading the next, removing the last. */
import { Fault } from '#core/errors.ts'
import { describeNftError, loadInChild, type Nft } from '#linux/nftables.ts'
import { familyOfPlan, ipTable, table } from '#policy/nft/names.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
import type { Plan } from '#policy/plan.ts'

export interface Running {
  readonly generation: number
  /** Digest of the plan it was compiled from, as its flip recorded it. */
  readonly digest: string
  readonly family: 'bridge' | 'inet'
}

export interface Loaded extends Running {
  /** Milliseconds to build it inactive, and to flip. */
  readonly prepareMs: number
  readonly flipMs: number
}

/** Bytes of nft text above which a short-lived child loads it: libnftables never returns what it grew to. */
const childThreshold = 400_000

const must = (nft: Nft, text: string): string => {
  const result = nft.run(text)
  if (!result.ok) throw new Fault('kernel-rejected', `The kernel refused the rules: ${describeNftError(result.error)}`)
  return result.value
}

/** What the base chain goes to, by its comment; undefined when no generation is active. */
export const runningIn = (nft: Nft): Running | undefined => {
  for (const family of ['bridge', 'inet'] as const) {
    const listing = nft.run(`list chain ${family} ${table} forward`, { terse: true, stateless: true })
    if (!listing.ok) continue
    const match = /goto g(\d+)_main comment "digest:([0-9a-f]{64})"/.exec(listing.value)
    if (match !== null) return { generation: Number(match[1]), digest: match[2] ?? '', family }
  }
  return undefined
}

interface Listed {
  readonly nftables: readonly Record<string, { readonly name?: string; readonly table?: string } | undefined>[]
}

const names = (nft: Nft, family: string, owner: string, kind: 'chain' | 'set' | 'map' | 'counter'): string[] => {
  const listing = nft.json<Listed>(`list ${kind}s ${kind === 'counter' ? `table ${family} ${owner}` : family}`, { terse: true, stateless: true })
  if (!listing.ok) return []
  return listing.value.nftables.flatMap((item) => (item[kind]?.table === owner && item[kind].name !== undefined ? [item[kind].name] : []))
}

/** Removes every generation but one, in both tables. Each table in a transaction of its own. */
export const removeOthers = (nft: Nft, family: 'bridge' | 'inet', keep: number): void => {
  const isOld = (name: string) => /^g\d+_/.test(name) && !name.startsWith(`g${keep}_`)
  for (const [fam, owner] of [
    [family, table],
    ['inet', ipTable],
  ] as const) {
    const chains = names(nft, fam, owner, 'chain').filter(isOld)
    const maps = names(nft, fam, owner, 'map').filter(isOld)
    const sets = names(nft, fam, owner, 'set').filter(isOld)
    if (chains.length + maps.length + sets.length === 0) continue
    must(
      nft,
      [
        ...chains.map((name) => `flush chain ${fam} ${owner} ${name}`),
        // A verdict map holds its chains: it goes first.
        ...maps.map((name) => `delete map ${fam} ${owner} ${name}`),
        ...chains.map((name) => `delete chain ${fam} ${owner} ${name}`),
        ...sets.map((name) => `delete set ${fam} ${owner} ${name}`),
      ].join('\n'),
    )
  }
}

/** Counters of conduits and denies that no generation names any more. */
const removeCounters = (nft: Nft, plan: Plan): void => {
  const family = familyOfPlan(plan)
  const wanted = new Set([...plan.conduits.map(({ counter }) => counter), ...plan.denies.map(({ counter }) => counter)])
  const old = names(nft, family, table, 'counter').filter((name) => /^[cd]-/.test(name) && !wanted.has(name))
  for (let i = 0; i < old.length; i += 4000)
    nft.run(
      old
        .slice(i, i + 4000)
        .map((name) => `delete counter ${family} ${table} ${name}`)
        .join('\n'),
    )
}

/**
 * Loads a plan as a new generation: built inactive in chunks, flipped in one small transaction, the old one removed. Whatever fails
 * before the flip leaves the running generation whole.
 * @param openWindows window index → seconds until it closes
 * @throws Fault `kernel-rejected`
 */
export const loadGeneration = async (nft: Nft, plan: Plan, openWindows: ReadonlyMap<number, number>): Promise<Loaded> => {
  const running = runningIn(nft)
  const family = familyOfPlan(plan)
  if (running !== undefined && running.family !== family)
    throw new Fault('refused', `The edge runs as ${running.family === 'bridge' ? 'a bridge' : 'a router'}, and the policy says otherwise.`, {
      advice: 'Stop the daemon, remove the rules with `bulkhead edge unload`, and start again.',
    })
  const generation = (running?.generation ?? 0) + 1
  const started = performance.now()
  if (running !== undefined) removeOthers(nft, family, running.generation)
  const { prepare, flip } = ruleset(plan, { generation, openWindows })
  const bytes = prepare.reduce((sum, text) => sum + text.length, 0)
  if (bytes > childThreshold) {
    const loaded = await loadInChild(prepare)
    if (!loaded.ok) throw new Fault('kernel-rejected', `The kernel refused part ${loaded.error.chunk + 1} of the rules: ${describeNftError(loaded.error.error)}`)
  } else for (const text of prepare) must(nft, text)
  const prepared = performance.now()
  must(nft, flip)
  const flipped = performance.now()
  removeOthers(nft, family, generation)
  removeCounters(nft, plan)
  return { generation, digest: plan.digest, family, prepareMs: prepared - started, flipMs: flipped - prepared }
}

/** Takes everything of ours out of the kernel: the edge becomes a plain bridge. */
export const unload = (nft: Nft): void => {
  for (const [family, owner] of [
    ['bridge', table],
    ['inet', table],
    ['inet', ipTable],
  ] as const)
    nft.run(`delete table ${family} ${owner}`)
}
