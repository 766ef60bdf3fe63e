/** Which objects reach an edge, as SQL; the same as `reaches` of schema/link. */
import { type ExpressionBuilder, sql, type SqlBool } from 'kysely'
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Tables } from '../database/tables.ts'

type Objects = ExpressionBuilder<Tables, 'state_objects'>

export const reachesEdge =
  ({ site, edge }: EdgeIdentity) =>
  (row: Objects) =>
    row.or([
      row('level', '=', 'fleet'),
      row.and([row('level', '=', 'site'), row('site', '=', site)]),
      row.and([row('level', '=', 'edge'), row('site', '=', site), row('edge', '=', edge)]),
    ])

/** What reaches any edge of a site. */
export const reachesSite = (site: string) => (row: Objects) =>
  row.or([row('level', '=', 'fleet'), row('site', '=', site)])

/** Puts something in force, and nothing has taken its place or ended it. */
export const inForce = (now: number) => (row: Objects) =>
  row.and([row('sets', '=', true), row('superseded', 'is', null), row('expires', '>', new Date(now))])

/** Worth telling at a revision: not taken over by a later object up to it, and, when it puts something in force, not over yet. */
export const stillSaid = (revision: number, now: number) => (row: Objects) =>
  row.and([
    row.or([row('superseded', 'is', null), row('superseded', '>', revision)]),
    row.or([row('sets', '=', false), sql<SqlBool>`expires > ${new Date(now)}`]),
  ])
