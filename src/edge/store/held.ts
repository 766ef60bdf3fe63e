/** What a manager has put in force here, object by object, and what is still to be told to it about them. */
import { type StateStream, stateStreams } from '#schema/link-objects.ts'
import type { Database } from '#sqlite/database.ts'
import { integer, oneOf, type Row, text } from '#sqlite/row.ts'
import { heldKey, Overlay } from './overlay.ts'

export interface HeldObject {
  readonly stream: StateStream
  readonly id: string
  readonly revision: number
  /** Address that it speaks of. */
  readonly ip: string
  /** Milliseconds since 1970, on this machine's clock. */
  readonly expires: number
  /** What it became here: ids of permits, a score; empty where it was refused. */
  readonly became: string
}

export interface Held {
  put(object: HeldObject): void
  get(stream: StateStream, id: string): HeldObject | undefined
  remove(stream: StateStream, id: string): void
  list(stream: StateStream): readonly HeldObject[]
  /** Those that speak of an address. */
  about(stream: StateStream, ip: string): readonly HeldObject[]
  /** Forgets those whose time is over. */
  expire(now: number): number
  /** Keeps a report until it is known to have arrived. */
  report(body: string): void
  /** Those after one, oldest first: at most {@link reportPage}. */
  reports(after: number): readonly { readonly id: number; readonly body: string }[]
  /** Reports up to this one have arrived. */
  reported(id: number): void
}

export const reportPage = 200
/** Reports kept while there is no line; of more the oldest go: a snapshot and a digest follow anyway. */
const keptReports = 20_000

const heldObject = (row: Row): HeldObject => ({
  stream: oneOf(row, 'stream', stateStreams),
  id: text(row, 'id'),
  revision: integer(row, 'revision'),
  ip: text(row, 'ip'),
  expires: integer(row, 'expires'),
  became: text(row, 'became'),
})

/** As the disk has it, with what lies over it. */
const laidOver = (
  { layer }: Overlay,
  rows: readonly HeldObject[],
  isAsked: (one: HeldObject) => boolean,
): HeldObject[] => [
  ...rows.filter((row) => !layer.held.has(heldKey(row))),
  ...[...layer.held.values()].flatMap((one) => (one !== undefined && isAsked(one) ? [one] : [])),
]

export const heldOf = (database: Database, overlay = new Overlay()): Held => ({
  put: ({ stream, id, revision, ip, expires, became }) => {
    database.atomically(() =>
      database
        .statement(
          'INSERT OR REPLACE INTO link_objects (stream, id, revision, ip, expires, became) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(stream, id, revision, ip, expires, became),
    )
  },
  get: (stream, id) => {
    const { held } = overlay.layer
    const key = heldKey({ stream, id })
    if (held.has(key)) return held.get(key)
    const row = database.statement('SELECT * FROM link_objects WHERE stream = ? AND id = ?').get(stream, id)
    return row === undefined ? undefined : heldObject(row)
  },
  remove: (stream, id) => {
    database.atomically(() =>
      database.statement('DELETE FROM link_objects WHERE stream = ? AND id = ?').run(stream, id),
    )
  },
  list: (stream) =>
    laidOver(
      overlay,
      database.statement('SELECT * FROM link_objects WHERE stream = ? ORDER BY id').all(stream).map(heldObject),
      (one) => one.stream === stream,
    ),
  about: (stream, ip) =>
    laidOver(
      overlay,
      database.statement('SELECT * FROM link_objects WHERE stream = ? AND ip = ?').all(stream, ip).map(heldObject),
      (one) => one.stream === stream && one.ip === ip,
    ),
  expire: (now) =>
    database.atomically(() => database.statement('DELETE FROM link_objects WHERE expires <= ?').run(now).changes, {
      durable: false,
    }),
  report: (body) => {
    database.atomically(() => {
      const { rowid } = database.statement('INSERT INTO link_reports (body) VALUES (?)').run(body)
      database.statement('DELETE FROM link_reports WHERE id <= ?').run(rowid - keptReports)
    })
  },
  reports: (after) =>
    database
      .statement('SELECT id, body FROM link_reports WHERE id > ? ORDER BY id LIMIT ?')
      .all(after, reportPage)
      .map((row) => ({ id: integer(row, 'id'), body: text(row, 'body') })),
  reported: (id) => {
    database.atomically(() => database.statement('DELETE FROM link_reports WHERE id <= ?').run(id), { durable: false })
  },
})
