/** Whether records of class P0 follow each other as their edge chained them. Pure. */
import { genesis, type Hash, recordHash } from '#schema/chain.ts'
import type { SentEvent } from '#schema/link-frames.ts'

export interface ChainEnd {
  readonly n: number
  readonly hash: Hash
}
export const chainStart: ChainEnd = { n: 0, hash: genesis }

/** What is wrong with a record that comes after `end`; nothing when it follows. */
const flaw = (end: ChainEnd, { n, prev, hash, body }: SentEvent): string | undefined => {
  if (n === undefined || prev === undefined || hash === undefined) return 'it has no place in the chain'
  if (recordHash(prev, n, body) !== hash) return 'its hash is not that of its text'
  if (n !== end.n + 1) return `it is number ${n} and ${end.n + 1} was due`
  return prev === end.hash ? undefined : 'it names another record before it'
}

export interface Followed {
  /** Of each record. */
  readonly intact: readonly boolean[]
  readonly end: ChainEnd
  /** The first that does not follow. */
  readonly flaw: { readonly seq: number; readonly what: string } | undefined
}

/** After a record that does not follow, the chain goes on from that one: each break is marked once. */
export const follow = (start: ChainEnd, records: readonly SentEvent[]): Followed => {
  let end = start
  let first: Followed['flaw']
  const intact = records.map((record) => {
    const what = flaw(end, record)
    if (what !== undefined) first ??= { seq: record.seq, what }
    if (record.n !== undefined && record.hash !== undefined) end = { n: record.n, hash: record.hash }
    return what === undefined
  })
  return { intact, end, flaw: first }
}
