/** Writing many rows with one statement each. */
import { sql } from 'kysely'
import type { EventClass } from '#schema/event-kinds.ts'
import type { Tx } from '../audit/trail.ts'
import { copyField, copyJson, copyRows } from '../database/copy.ts'
import { columnText } from '../database/text.ts'
import { inetOf, type ReadEvent } from './read.ts'
import type { Sums } from './sums.ts'

export interface Numbered {
  readonly read: ReadEvent
  readonly edgeId: number
  readonly id: number
  readonly intact: boolean
}

const columns =
  'id class at event edge_id received kind source destination source_asset destination_asset conduit reason count n prev hash intact body'.split(
    ' ',
  )
/** Only P0 has one. */
const noChain = ['\\N', '\\N', '\\N'].join('\t')
const label = (text: string | undefined): string => copyField(text === undefined ? undefined : columnText(text))

function* linesOf(rows: readonly Numbered[], received: number): Generator<string> {
  const now = new Date(received).toISOString()
  let [last, at] = [NaN, '']
  for (const { read, edgeId, id, intact } of rows) {
    const { event, sent } = read
    const { source, destination } = event
    if (read.at !== last) [last, at] = [read.at, new Date(read.at).toISOString()]
    const ends = `${copyField(inetOf(source?.ip))}\t${copyField(inetOf(destination?.ip))}\t${label(source?.asset)}\t${label(destination?.asset)}`
    const chain = sent.n === undefined ? noChain : `${sent.n}\t${copyField(sent.prev)}\t${copyField(sent.hash)}`
    yield (
      `${id}\t${event.class}\t${at}\t${event.id}\t${edgeId}\t${now}\t${event.kind}\t${ends}\t` +
        `${label(event.conduit)}\t${label(event.reason)}\t${event.count}\t${chain}\t${intact}\t${copyJson(sent.body)}\n`
    )
  }
}

export const insertEvents = (tx: Tx, rows: readonly Numbered[], received: number): Promise<void> =>
  copyRows(tx, 'events', columns, linesOf(rows, received))

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
