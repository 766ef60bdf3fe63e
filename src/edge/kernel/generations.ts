/** Generations in the kernel: which one runs, loading the next, removing the last. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault, messageOf } from '#core/errors.ts'
import { chainsOf, commentsOf, setsOf } from '#linux/nft-objects.ts'
import { describeNftError, loadInChild, Nft, type NftError } from '#linux/nftables.ts'
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { familyOfPlan, ipTable, table } from '#policy/nft/names.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
import { rawChain, unsaid, untracked } from '#policy/nft/untracked.ts'
import { risksAsked } from '#policy/nft/guards.ts'
import { chunkSize } from '#policy/nft/writer.ts'
import type { Plan } from '#policy/plan.ts'
import { readCounters } from './counters.ts'
import { fillRisks } from './risk.ts'

export interface Running {
  readonly generation: number
  /** Digest of the plan it was compiled from, as its flip recorded it. */
  readonly digest: string
  /** Fingerprint of the nft text it was loaded from. */
  readonly text: string
  readonly family: 'bridge' | 'inet'
}

export interface Loaded extends Running {
  /** What could not be done besides: something of what was enforced before lies in the kernel, unused, until a next load can take it away. */
  readonly left: readonly string[]
}

/** Bytes of nft text above which a short-lived child loads it: libnftables never returns what it grew to. */
const childThreshold = 1_200_000

/** What the base chain goes to, by its comment; undefined when no generation is active. */
export const running = (namespace?: string): Running | undefined => {
  for (const family of ['bridge', 'inet'] as const)
    for (const comment of commentsOf(family, table, 'forward', namespace)) {
      const match = /^generation (\d+) digest ([0-9a-f]{64}) text ([0-9a-f]{16})$/.exec(comment)
      if (match !== null) return { generation: Number(match[1]), digest: match[2] ?? '', text: match[3] ?? '', family }
    }
  return undefined
}

/** Whether the chain that decides what is tracked is there, as it is while packets come to the IP hooks. */
export const decidesTracking = (namespace?: string): boolean =>
  chainsOf('inet', ipTable, namespace).includes(rawChain.name)

/** Number of the generation that an object belongs to; 0 for what outlives generations. */
const generationOf = (name: string): number => Number(/^g(\d{1,9})_/.exec(name)?.[1] ?? 0)

/**
 * Takes a number that no other process builds under, be it the deadline's or a daemon's that was slow: two plans in the same sets and
 * chains would be enforced as one. Whoever is overtaken is refused, for its generation is taken away.
 */
const claim = (family: 'bridge' | 'inet', active: number, namespace: string | undefined): number => {
  const nft = Nft.open(namespace === undefined ? {} : { namespace })
  try {
    const names = [...chainsOf(family, table, namespace), ...setsOf(family, table, namespace).map(({ name }) => name)]
    let generation = names.reduce((newest, name) => Math.max(newest, generationOf(name)), active)
    for (;;) {
      generation++
      const result = nft.run(`add table ${family} ${table}\ncreate chain ${family} ${table} g${generation}_claimed`)
      if (result.ok) return generation
      if (result.error.kind !== 'exists')
        throw new Fault('kernel-rejected', `The kernel refused the rules: ${describeNftError(result.error)}`)
    }
  } finally {
    nft.close()
  }
}

/** Transactions that remove every generation but those to keep, one per table. @param keep the active one first, 0 without one */
const removal = (family: 'bridge' | 'inet', keep: readonly number[], namespace: string | undefined): string[] => {
  const isOld = (name: string) => /^g\d+_/.test(name) && !keep.includes(generationOf(name))
  const tables = [[family, table] as const, ['inet', ipTable] as const]
  return tables.flatMap(([fam, owner]) => {
    const present = chainsOf(fam, owner, namespace)
    const chains = present.filter(isOld)
    // Where somebody took the active generation away, base chains may still lead to what is left of it.
    const bases = keep[0] === 0 ? present.filter((name) => !isOld(name)) : []
    const objects = setsOf(fam, owner, namespace).filter(({ name }) => isOld(name))
    if (chains.length + objects.length === 0) return []
    const remove = (kind: string, names: readonly string[]) =>
      names.map((name) => `delete ${kind} ${fam} ${owner} ${name}`)
    const named = (isMap: boolean) => objects.filter((object) => object.isMap === isMap).map(({ name }) => name)
    return [
      [
        ...[...bases, ...chains].map((name) => `flush chain ${fam} ${owner} ${name}`),
        ...(owner === ipTable && bases.includes(rawChain.name) ? [untracked] : []),
        // A verdict map holds its chains: it goes first.
        ...remove('map', named(true)),
        ...remove('chain', chains),
        ...remove('set', named(false)),
      ].join('\n'),
    ]
  })
}

/** Transactions that remove counters of conduits and denies that the plan does not name. */
const forgotten = (family: 'bridge' | 'inet', plan: Plan, namespace: string | undefined): string[] => {
  const wanted = new Set([...plan.conduits, ...plan.denies].map(({ counter }) => counter))
  const old = [...readCounters(family, namespace).keys()].filter((name) => /^[cd]-/.test(name) && !wanted.has(name))
  const lines = old.map((name) => `delete counter ${family} ${table} ${name}`)
  return Array.from({ length: Math.ceil(lines.length / chunkSize) }, (_, i) =>
    lines.slice(i * chunkSize, (i + 1) * chunkSize).join('\n'),
  )
}

/** Runs transactions in order, in this process or, when they are big, in a short-lived one. */
const runAll = async (texts: readonly string[], namespace: string | undefined): Promise<void> => {
  const refused = (error: NftError, part: number) =>
    new Fault(
      'kernel-rejected',
      `The kernel refused part ${part + 1} of ${texts.length} of the rules: ${describeNftError(error)}`,
    )
  if (texts.reduce((sum, text) => sum + text.length, 0) > childThreshold) {
    const loaded = await loadInChild(texts, namespace === undefined ? {} : { namespace })
    if (!loaded.ok) throw refused(loaded.error.error, loaded.error.chunk)
    return
  }
  if (texts.length === 0) return
  // A context of its own: the cache that a load fills would make the next order wait.
  const nft = Nft.open(namespace === undefined ? {} : { namespace })
  try {
    for (const [part, text] of texts.entries()) {
      const result = nft.run(text)
      if (!result.ok) throw refused(result.error, part)
    }
  } finally {
    nft.close()
  }
}

/** ms after which the kernel has let go of rules that were removed: it does so a few ms later, when no processor reads them any more. */
const graceMs = 100

/** What a refused load built goes, and connections are tracked as before it. */
const giveUp = async (family: 'bridge' | 'inet', keep: number, namespace: string | undefined): Promise<void> => {
  await runAll(removal(family, [keep], namespace), namespace)
  await sleep(graceMs)
  await runAll([unsaid], namespace)
}

export interface Moments {
  /** Before the rules are loaded, when packets given to the IP hooks cannot be tracked. */
  readonly before?: () => void
  /** After the flip, before the kernel may track again. */
  readonly after?: () => void
}

/**
 * Loads a plan as a new generation: built inactive in chunks, flipped in one small transaction, the old one removed. Whatever fails
 * before the flip leaves the running generation whole; what cannot be taken away besides is told, and refuses nothing.
 * @param openWindows window index → seconds until it closes
 * @param namespace network to load it in; this process's when absent
 * @param moments called on the way
 * @throws Fault `kernel-rejected`
 */
export const loadGeneration = async (
  plan: Plan,
  openWindows: ReadonlyMap<number, number>,
  namespace?: string,
  moments: Moments = {},
): Promise<Loaded> => {
  const active = running(namespace)
  const family = familyOfPlan(plan)
  if (active !== undefined && active.family !== family)
    throw new Fault(
      'refused',
      `The edge runs as ${active.family === 'bridge' ? 'a bridge' : 'a router'}, and the policy says otherwise.`,
      {
        advice: `Where it is to change: stop the daemon, take the old rules away with \`nft delete table ${active.family} ${table}\`, and start again (docs/edge.md, "Other ports, another bridge").`,
      },
    )
  const keep = active?.generation ?? 0
  const generation = claim(family, keep, namespace)
  const { prepare, flip, text } = ruleset(plan, { generation, openWindows })
  const decided = decidesTracking(namespace)
  const tracksAgain = decided && !needsIpHooks(plan)
  const decidesNow = !decided && needsIpHooks(plan)
  const left: string[] = []
  const besides = async (work: () => unknown): Promise<void> => {
    try {
      await work()
    } catch (error) {
      left.push(messageOf(error))
    }
  }
  if (decidesNow) await runAll([untracked], namespace)
  try {
    moments.before?.()
    await besides(() => runAll(removal(family, [keep, generation], namespace), namespace))
    const last = tracksAgain ? flip + untracked : flip
    if (risksAsked(plan).length === 0) await runAll([...prepare, last], namespace)
    else {
      await runAll(prepare, namespace)
      fillRisks(family, namespace)
      await runAll([last], namespace)
    }
  } catch (error) {
    // The kernel may have done it and its answer been lost: what it enforces counts.
    if (running(namespace)?.generation !== generation) {
      if (decidesNow) await giveUp(family, keep, namespace).catch(() => undefined)
      throw error
    }
  }
  await besides(() => moments.after?.())
  await besides(() =>
    runAll([...removal(family, [generation], namespace), ...forgotten(family, plan, namespace)], namespace),
  )
  if (tracksAgain)
    await besides(async () => {
      // What a bridge passes is no longer given to the IP hooks.
      if (family === 'inet') await sleep(graceMs)
      await runAll([unsaid], namespace)
    })
  return { generation, digest: plan.digest, text, family, left }
}

/**
 * Takes away what a load left behind whose process died: parts of rules that never ran, or those of before. Whoever builds under them is
 * refused.
 * @throws Fault `kernel-rejected`
 */
export const sweep = (
  { family, generation }: Pick<Running, 'family' | 'generation'>,
  namespace?: string,
): Promise<void> => runAll(removal(family, [generation], namespace), namespace)

/** Takes everything of ours out of the kernel: the edge becomes a plain bridge. */
export const unload = (nft: Nft): void => {
  for (const [family, owner] of [
    ['bridge', table],
    ['inet', table],
    ['inet', ipTable],
  ] as const)
    nft.run(`delete table ${family} ${owner}`)
}
