/** Writing many rows with one statement each: a column is one array. */
import { sql } from 'kysely'
import type { EventClass } from '#schema/event-kinds.ts'
import type { Tx } from '../audit/trail.ts'
import { columnText, inetOf, type ReadEvent, separator } from './read.ts'
import type { Sums } from './sums.ts'

export interface Numbered {
  readonly read: ReadEvent
  readonly edgeId: number
  readonly id: number
  readonly intact: boolean
}

/**
 * A column as one text: nothing in it has to be quoted here or unquoted there, which an array's text has. Nothing is empty text in it.
 */
const column = (
  rows: readonly Numbered[],
  of: (row: Numbered) => string | number | undefined,
  separatedBy = separator,
) => sql`string_to_array(${rows.map(of).join(separatedBy)}, ${separatedBy}, '')`
const label = (text: string | undefined): string | undefined => (text === undefined ? undefined : columnText(text))

export const insertEvents = async (tx: Tx, rows: readonly Numbered[], received: number): Promise<void> => {
  const text = (of: (row: Numbered) => string | undefined) => column(rows, of)
  const whole = (of: (row: Numbered) => number | undefined) => column(rows, of, ' ')
  await sql`
    INSERT INTO events (id, class, at, event, edge_id, received, kind, source, destination, source_asset, destination_asset,
      conduit, reason, count, n, prev, hash, intact, body)
    SELECT id, class, to_timestamp(at / 1000.0), event, edge_id, to_timestamp(${received}::float8 / 1000.0), kind, source, destination,
      source_asset, destination_asset, conduit, reason, count, n, prev, hash, intact, body
    FROM unnest(
      ${whole(({ id }) => id)}::bigint[],
      ${text(({ read }) => read.event.class)},
      ${whole(({ read }) => read.at)}::float8[],
      ${text(({ read }) => read.event.id)},
      ${whole(({ edgeId }) => edgeId)}::bigint[],
      ${text(({ read }) => read.event.kind)},
      ${text(({ read }) => inetOf(read.event.source?.ip))}::inet[],
      ${text(({ read }) => inetOf(read.event.destination?.ip))}::inet[],
      ${text(({ read }) => label(read.event.source?.asset))},
      ${text(({ read }) => label(read.event.destination?.asset))},
      ${text(({ read }) => label(read.event.conduit))},
      ${text(({ read }) => label(read.event.reason))},
      ${whole(({ read }) => read.event.count)}::bigint[],
      ${whole(({ read }) => read.sent.n)}::bigint[],
      ${text(({ read }) => read.sent.prev)},
      ${text(({ read }) => read.sent.hash)},
      ${whole(({ intact }) => (intact ? 1 : 0))}::int[]::boolean[],
      ${text(({ read }) => read.sent.body)}
    ) AS row (id, class, at, event, edge_id, kind, source, destination, source_asset, destination_asset, conduit, reason, count,
      n, prev, hash, intact, body)`.execute(tx)
}

/** Sums come sorted. */
export const addSums = async (tx: Tx, { hours, uses, conversations }: Sums): Promise<void> => {
  if (hours.length > 0)
    await sql`
      INSERT INTO event_hours AS sum (hour, site, edge, kind, reason, conduit, class, events, packets, bytes, raw)
      SELECT to_timestamp(hour / 1000.0), site, edge, kind, reason, conduit, class, events, packets, bytes, raw FROM unnest(
        ${hours.map(({ hour }) => hour)}::float8[], ${hours.map(({ site }) => site)}::text[],
        ${hours.map(({ edge }) => edge)}::text[], ${hours.map(({ kind }) => kind)}::text[],
        ${hours.map(({ reason }) => reason)}::text[], ${hours.map(({ conduit }) => conduit)}::text[],
        ${hours.map((sum) => sum.class)}::text[], ${hours.map(({ events }) => events)}::bigint[],
        ${hours.map(({ packets }) => packets)}::bigint[], ${hours.map(({ bytes }) => bytes)}::bigint[],
        ${hours.map(({ raw }) => raw)}::bigint[]
      ) AS row (hour, site, edge, kind, reason, conduit, class, events, packets, bytes, raw)
      ON CONFLICT (hour, site, edge, kind, reason, conduit, class) DO UPDATE SET events = sum.events + excluded.events,
        packets = sum.packets + excluded.packets, bytes = sum.bytes + excluded.bytes,
        raw = least(9007199254740991, sum.raw + excluded.raw)`.execute(tx)
  if (uses.length > 0)
    await sql`
      INSERT INTO conduit_hours AS sum (hour, site, edge, conduit, mode, packets, bytes, seconds)
      SELECT to_timestamp(hour / 1000.0), site, edge, conduit, mode, packets, bytes, seconds FROM unnest(
        ${uses.map(({ hour }) => hour)}::float8[], ${uses.map(({ site }) => site)}::text[],
        ${uses.map(({ edge }) => edge)}::text[], ${uses.map(({ conduit }) => conduit)}::text[],
        ${uses.map(({ mode }) => mode)}::text[], ${uses.map(({ packets }) => packets)}::bigint[],
        ${uses.map(({ bytes }) => bytes)}::bigint[], ${uses.map(({ seconds }) => seconds)}::bigint[]
      ) AS row (hour, site, edge, conduit, mode, packets, bytes, seconds)
      ON CONFLICT (hour, site, edge, conduit, mode) DO UPDATE SET packets = sum.packets + excluded.packets,
        bytes = sum.bytes + excluded.bytes, seconds = sum.seconds + excluded.seconds`.execute(tx)
  if (conversations.length > 0)
    await sql`
      INSERT INTO conversation_days AS sum (day, site, edge, source, destination, protocol, port, packets, first, last)
      SELECT to_timestamp(day / 1000.0) AT TIME ZONE 'UTC', site, edge, source, destination, protocol, port, packets,
        to_timestamp(first / 1000.0), to_timestamp(last / 1000.0) FROM unnest(
        ${conversations.map(({ day }) => day)}::float8[], ${conversations.map(({ site }) => site)}::text[],
        ${conversations.map(({ edge }) => edge)}::text[], ${conversations.map(({ source }) => source)}::inet[],
        ${conversations.map(({ destination }) => destination)}::inet[],
        ${conversations.map(({ protocol }) => protocol)}::text[], ${conversations.map(({ port }) => port)}::int[],
        ${conversations.map(({ packets }) => packets)}::bigint[], ${conversations.map(({ first }) => first)}::float8[],
        ${conversations.map(({ last }) => last)}::float8[]
      ) AS row (day, site, edge, source, destination, protocol, port, packets, first, last)
      ON CONFLICT (source, destination, day, protocol, port, site, edge) DO UPDATE SET
        packets = sum.packets + excluded.packets, first = least(sum.first, excluded.first),
        last = greatest(sum.last, excluded.last)`.execute(tx)
}

/** Where a transaction's rows are, under the next number; the last thing it does, since the next one waits for it here. */
export const tellFeed = async (tx: Tx, rows: readonly Numbered[], written: number): Promise<number> => {
  const places = new Map<EventClass, { first: number; last: number; from: number; to: number }>()
  for (const { read, id } of rows) {
    const place = places.get(read.event.class) ?? { first: id, last: id, from: read.at, to: read.at }
    place.last = id
    place.from = Math.min(place.from, read.at)
    place.to = Math.max(place.to, read.at)
    places.set(read.event.class, place)
  }
  const list = [...places]
  const { rows: found } = await sql<{ number: number }>`
    WITH head AS (UPDATE event_head SET number = number + 1 RETURNING number)
    INSERT INTO event_feed (number, class, first_at, last_at, first_id, last_id, written)
    SELECT head.number, class, to_timestamp(first_at / 1000.0), to_timestamp(last_at / 1000.0), first_id, last_id,
      to_timestamp(${written}::float8 / 1000.0)
    FROM head, unnest(${list.map(([of]) => of)}::text[], ${list.map(([, { from }]) => from)}::float8[],
      ${list.map(([, { to }]) => to)}::float8[], ${list.map(([, { first }]) => first)}::bigint[],
      ${list.map(([, { last }]) => last)}::bigint[]) AS row (class, first_at, last_at, first_id, last_id)
    RETURNING number`.execute(tx)
  return found[0]!.number
}
