/** What changes about decoys between two policies, in words. Secrets are never told, only that they are others. */
import { Decoys, type Budget } from '#schema/decoys.ts'
import { orderChanges, type Change } from './changes.ts'

/** What a thing is, by aspect; what is absent has none. */
type Words = Readonly<Record<string, string | undefined>>

const budgetWords = (budget: Budget): string =>
  budget === 'observe'
    ? 'nobody'
    : budget === 'first'
      ? 'whoever completes a handshake'
      : `whoever makes ${budget.after} exchange${budget.after === 1 ? '' : 's'}`

const list = (all: readonly string[]): string | undefined => (all.length === 0 ? undefined : all.join(', '))

const poolWords = (pool: Decoys['pools'][number], { budget }: Decoys): Words => ({
  zone: pool.zone,
  edge: pool.edge,
  approved: list(pool.approved),
  gateway: pool.gateway,
  ...Object.fromEntries(Object.entries(pool.personas).map(([persona, count]) => [persona, String(count)])),
  contains: budgetWords(pool.budget ?? budget),
  'approved by': list(pool['approved-by']),
})

const deceiveWords = ({ from, to, ports, persona, reason }: Decoys['deceive'][number]): Words => ({
  from,
  'in the place of': to,
  on: list(ports),
  persona,
  reason,
})

const shuffleWords = ({ shuffle }: Decoys): Words | undefined =>
  shuffle && { every: shuffle.every, after: list(shuffle.on ?? []), share: `${shuffle.share} %` }

const verifierWords = ({ verifier }: Decoys): Words | undefined =>
  verifier &&
  Object.fromEntries(Object.entries(verifier).map(([key, value]) => [key, value === undefined ? value : String(value)]))

/** Settings that are one value each. */
const settingWords = (decoys: Decoys): Words => ({
  'contains where a pool says nothing': budgetWords(decoys.budget),
  'sensor-only networks': list(decoys['sensor-only']),
  denied: list(decoys.deny),
  'Ethernet addresses': String(decoys['max-macs']),
  'listened to for': decoys['listen-for'],
  'withdrawn for': decoys['withdraw-for'],
  'sessions kept': `${decoys['keep-sessions']} MB`,
})

interface Thing {
  readonly words: Words
  /** Told of as changed, and never shown. */
  readonly secret?: string | undefined
}

const things = (decoys: Decoys): ReadonlyMap<string, Thing> => {
  const [shuffle, verifier] = [shuffleWords(decoys), verifierWords(decoys)]
  const key = decoys['responder-key']
  return new Map<string, Thing>([
    ...decoys.pools.map((pool) => [`pool ${pool.id}`, { words: poolWords(pool, decoys) }] as const),
    ...decoys.deceive.map((row) => [`deceive ${row.id}`, { words: deceiveWords(row) }] as const),
    ...decoys.honeytokens.map(
      ({ id, user, planted, password }) =>
        [`honeytoken ${id}`, { words: { user, planted }, secret: password ?? '' }] as const,
    ),
    ...(shuffle === undefined ? [] : [['shuffle', { words: shuffle }] as const]),
    ...(verifier === undefined ? [] : [['verifier', { words: verifier }] as const]),
    ...(key === undefined ? [] : [['responder-key', { words: {}, secret: key }] as const]),
    ['settings', { words: settingWords(decoys) }],
  ])
}

const fieldsChanged = (before: Thing, after: Thing): string[] => [
  ...[...new Set([...Object.keys(before.words), ...Object.keys(after.words)])].flatMap((aspect) => {
    const [was, is] = [before.words[aspect], after.words[aspect]]
    return was === is ? [] : [`${aspect}: ${was ?? 'none'} → ${is ?? 'none'}`]
  }),
  ...(before.secret === after.secret ? [] : ['another secret']),
]

const described = ({ words }: Thing): string[] =>
  Object.entries(words).flatMap(([aspect, word]) => (word === undefined ? [] : [`${aspect} ${word}`]))

/** A policy without decoys is as one with nothing but defaults: `pools` may not be empty in a document. */
const without = (): Decoys => {
  const pools = [{ id: 'none', zone: 'none', approved: ['0.0.0.0'], personas: {}, 'approved-by': ['nobody'] }]
  return { ...Decoys.parse({ pools }), pools: [] }
}

export const decoyChanges = (before: Decoys | undefined, after: Decoys | undefined): readonly Change[] => {
  const [old, next] = [things(before ?? without()), things(after ?? without())]
  const removed = [...old].flatMap(([name, thing]): Change[] =>
    next.has(name) ? [] : [{ name, change: 'removed', fields: described(thing) }],
  )
  const rest = [...next].flatMap(([name, thing]): Change[] => {
    const was = old.get(name)
    if (was === undefined) return [{ name, change: 'added', fields: described(thing) }]
    const fields = fieldsChanged(was, thing)
    return fields.length === 0 ? [] : [{ name, change: 'changed', fields }]
  })
  return [...removed, ...rest, ...orderChanges(before?.deceive ?? [], after?.deceive ?? [], 'order of deceive')]
}
