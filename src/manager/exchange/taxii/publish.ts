/** Keeps the objects of the TAXII collection what the export says: new versions when something changed, nothing otherwise. */
import { sql } from 'kysely'
import type { Tx } from '../../audit/trail.ts'
import type { Manager } from '../../context.ts'
import { type Exported, exported } from '../export.ts'
import type { Readers } from '../readers.ts'
import { attackPattern, identity, indicates, indicator, sighting, type StixObject, type Teller } from './stix.ts'

/** Any number will do, as long as every manager has the same one: one of them publishes at a time. */
const lock = 7_261_007
/** ms; what ended is shown for so long, then others have long heard of it. */
const keepMs = 30 * 86_400_000

/** The identity is as old as the first row of the audit, which never changes. */
export const tellerOf = async ({ db, signer, started }: Manager): Promise<Teller> => {
  const first = await db.selectFrom('audit').select('time').orderBy('sequence').limit(1).executeTakeFirst()
  return { key: signer.fingerprint, since: first?.time.getTime() ?? started }
}

export interface Shown {
  readonly ip: string
  readonly reason: string
  readonly created: number
  readonly modified: number
  readonly from: number
  readonly until: number
}

/**
 * What must be told now.
 * @param shown indicators that hold, by address
 */
export const news = (
  teller: Teller,
  shown: ReadonlyMap<string, Shown>,
  wanted: readonly Exported[],
  now: number,
): { readonly objects: readonly StixObject[]; readonly fresh: readonly (Exported & { readonly id: string })[] } => {
  const objects: StixObject[] = []
  const fresh: (Exported & { id: string })[] = []
  const still = new Set(wanted.map(({ ip }) => ip))
  for (const [ip, one] of shown)
    if (!still.has(ip))
      objects.push(indicator(teller, { ...one, modified: Math.max(now, one.modified + 1), revoked: true }))
  for (const one of wanted) {
    const { ip, at, expires, reason } = one
    const before = shown.get(ip)
    if (before !== undefined && before.until === Math.max(expires, before.from + 1) && before.reason === reason)
      continue
    const next =
      before === undefined
        ? indicator(teller, { ip, created: now, modified: now, from: at, until: expires, reason })
        : indicator(teller, { ...before, modified: Math.max(now, before.modified + 1), until: expires, reason })
    objects.push(next)
    if (before === undefined) fresh.push({ ...one, id: next.id })
  }
  return { objects, fresh }
}

interface Row {
  readonly pattern: string
  readonly description: string
  readonly created: string
  readonly modified: string
  readonly valid_from: string
  readonly valid_until: string
}
const inForce = async (tx: Tx, now: number): Promise<ReadonlyMap<string, Shown>> => {
  const { rows } = await sql<{ object: Row }>`
    SELECT object FROM exchange_objects AS one
    WHERE type = 'indicator' AND object->>'revoked' IS NULL AND object->>'valid_until' > ${new Date(now).toISOString()}
      AND NOT EXISTS (SELECT FROM exchange_objects AS other WHERE other.id = one.id AND other.version > one.version)`.execute(
    tx,
  )
  return new Map(
    rows.map(({ object }) => {
      const ip = /'([^']+)'/.exec(object.pattern)?.[1] ?? ''
      const [created = 0, modified = 0, from = 0, until = 0] = [
        object.created,
        object.modified,
        object.valid_from,
        object.valid_until,
      ].map((text) => Date.parse(text))
      return [ip, { ip, reason: object.description, created, modified, from, until }]
    }),
  )
}

/** Where and how often it was seen, and what that is evidence of. */
const evidence = async (
  manager: Manager,
  readers: Readers,
  teller: Teller,
  { id, cause }: Exported & { id: string },
  now: number,
): Promise<readonly StixObject[]> => {
  if (cause === undefined) return []
  const event = await readers.eventWith(manager, cause.event, cause.detected)
  const seen =
    event === undefined
      ? { first: cause.detected, last: cause.detected, count: 1 }
      : { first: Date.parse(event.first), last: Date.parse(event.last), count: event.count }
  const technique = event?.technique
  return [
    sighting(teller, { indicator: id, event: cause.event, at: now, ...seen }),
    ...(technique === undefined ? [] : [attackPattern(teller, technique), indicates(teller, id, technique, now)]),
  ]
}

const store = async (tx: Tx, objects: readonly StixObject[], now: number): Promise<void> => {
  const newest = await tx
    .selectFrom('exchange_objects')
    .select((row) => row.fn.max('added').as('added'))
    .executeTakeFirst()
  let added = Math.max(now, (newest?.added?.getTime() ?? 0) + 1)
  const rows = objects.map((object) => ({
    id: object.id,
    version: new Date(object.modified),
    type: object.type,
    added: new Date(added++),
    object: JSON.stringify(object),
  }))
  for (let from = 0; from < rows.length; from += 1000)
    await tx
      .insertInto('exchange_objects')
      .values(rows.slice(from, from + 1000))
      .onConflict((conflict) => conflict.columns(['id', 'version']).doNothing())
      .execute()
}

const forget = async (tx: Tx, now: number): Promise<void> => {
  const old = new Date(now - keepMs)
  await sql`
    DELETE FROM exchange_objects WHERE added < ${old} AND type IN ('indicator', 'sighting', 'relationship')
    AND NOT EXISTS (SELECT 1 FROM exchange_objects AS alive WHERE alive.type = 'indicator'
      AND alive.id IN (exchange_objects.id, exchange_objects.object->>'source_ref', exchange_objects.object->>'sighting_of_ref')
      AND alive.object->>'valid_until' > ${old.toISOString()})`.execute(tx)
}

/** @returns how many objects are new */
export const publishIndicators = async (manager: Manager, readers: Readers): Promise<number> => {
  const wanted = await exported(manager, readers, { list: 'contained', over: 0 })
  const teller = await tellerOf(manager)
  return manager.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ mine: boolean }>`SELECT pg_try_advisory_xact_lock(${lock}) AS mine`.execute(tx)
    if (rows[0]?.mine !== true) return 0
    const now = manager.now()
    const { objects, fresh } = news(teller, await inForce(tx, now), wanted, now)
    // Also when nothing new comes any more: what ended is forgotten in a quiet plant, too.
    await forget(tx, now)
    if (objects.length === 0) return 0
    const proofs = []
    for (const one of fresh) proofs.push(...(await evidence(manager, readers, teller, one, now)))
    const all = [identity(teller), ...objects, ...proofs]
    await store(tx, all, now)
    return objects.length + proofs.length
  })
}

/** ms; the allow-list, warning lists and policies also change what may be told. */
const atLeastMs = 60_000

/** The same, but only when there are new orders, or after a while. */
export const publisher = (manager: Manager, readers: Readers): (() => Promise<void>) => {
  let seen: number | undefined
  let last = 0
  return async () => {
    const { revision } = await manager.db
      .selectFrom('state_heads')
      .select('revision')
      .where('stream', '=', 'orders')
      .executeTakeFirstOrThrow()
    if (revision === seen && Math.abs(manager.now() - last) < atLeastMs) return
    last = manager.now()
    await publishIndicators(manager, readers)
    seen = revision
  }
}
