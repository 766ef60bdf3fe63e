/** What GET /v1/events can be asked. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { Duration } from '#schema/address.ts'
import { durationSeconds } from '#schema/duration.ts'
import { eventKindNames } from '#schema/event-kinds.ts'

const Moment = z.union([
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  Duration.transform((text) => Date.now() - durationSeconds(text) * 1000),
])
const List = z.string().transform((text) => text.split(',').filter((part) => part !== ''))

/** The query of GET /v1/events. `since` and `until` are times (ISO 8601) or durations back from now; `after` is an event id. */
export const StreamQuery = z.strictObject({
  follow: z
    .enum(['0', '1'])
    .default('0')
    .transform((text) => text === '1'),
  since: Moment.optional(),
  until: Moment.optional(),
  after: z.string().regex(idPattern, 'the id of an event').optional(),
  kind: List.pipe(z.array(z.enum(eventKindNames)).min(1)).optional(),
  source: z.string().max(100).optional(),
  conduit: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(0).max(10_000).optional(),
})
export type StreamQuery = z.output<typeof StreamQuery>
/** The same as a caller writes it. */
export interface EventRequest {
  readonly since?: string
  readonly until?: string
  readonly after?: string
  readonly kind?: readonly string[]
  readonly source?: string
  readonly conduit?: string
  /** The newest so many; 100 when absent, and with `follow` none unless `since` or `after` is given. */
  readonly limit?: number
}
