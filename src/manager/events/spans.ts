/** How long classes are kept, and in what pieces they go away. */
import type { EventClass } from '#schema/event-kinds.ts'

export const dayMs = 86_400_000
export const hourMs = 3_600_000

/** Days. Sums by the hour stay for good. */
export const keepDays = { P0: 730, P1: 180, P2: 60, P3: 14 } as const satisfies Record<EventClass, number>
/** Days that conversations are remembered for. */
export const keepConversations = 60

/**
 * Few events by month, many by day: together about a hundred partitions, which is what the lock table of a PostgreSQL as it comes
 * has room for when a backup reads them all in one transaction.
 */
const pieces = { P0: 'month', P1: 'month', P2: 'day', P3: 'day' } as const satisfies Record<EventClass, string>

export interface Piece {
  readonly class: EventClass
  /** Name of the partition. */
  readonly name: string
  /** ms since 1970: from, and before. */
  readonly from: number
  readonly to: number
}

const digits = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')

export const pieceOf = (of: EventClass, at: number): Piece => {
  const moment = new Date(at)
  const [year, month] = [moment.getUTCFullYear(), moment.getUTCMonth()]
  const [from, to] =
    pieces[of] === 'month'
      ? [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)]
      : [Math.floor(at / dayMs) * dayMs, (Math.floor(at / dayMs) + 1) * dayMs]
  return { class: of, name: `events_${of.toLowerCase()}_${digits(from)}`, from, to }
}

const naming = /^events_(p[0-3])_(\d{4})(\d\d)(\d\d)$/
const classes = new Map<string, EventClass>([
  ['p0', 'P0'],
  ['p1', 'P1'],
  ['p2', 'P2'],
  ['p3', 'P3'],
])

/** The piece that a table is, or nothing when it is another table. */
export const pieceNamed = (name: string): Piece | undefined => {
  const [, of = '', year, month, day] = naming.exec(name) ?? []
  const found = classes.get(of)
  return found === undefined ? undefined : pieceOf(found, Date.UTC(Number(year), Number(month) - 1, Number(day)))
}

/** Whether all of it is older than its class is kept. */
export const isOver = ({ class: of, to }: Piece, now: number): boolean => to <= now - keepDays[of] * dayMs

/** What will be written to soon: now and two days on. */
export const dueSoon = (now: number): Piece[] =>
  (['P0', 'P1', 'P2', 'P3'] as const).flatMap((of) => [0, 1, 2].map((days) => pieceOf(of, now + days * dayMs)))

/** What must not wait for what is only counted. */
export const isUrgent = (of: EventClass): boolean => of === 'P0' || of === 'P1'
