/** Heads of the files that take the place of a line. docs/edge-link.md. */
import * as z from 'zod'
import { eventClasses } from './event-kinds.ts'
import { Hash, Id, Name, Time } from './link-values.ts'

/** A file for an edge: JSON lines, the first this header as a {@link Signed}; the manager's frames of type policy, state and svid follow. */
export const DownBundle = z.strictObject({
  type: z.literal('bundle-down'),
  site: Name,
  edge: Name,
  at: Time,
  /** Number of lines that follow, and SHA-256 over them. */
  lines: z.int().min(0),
  hash: Hash,
  acknowledged: z.record(Id, z.partialRecord(z.enum(eventClasses), z.int().min(0))),
})
export type DownBundle = z.infer<typeof DownBundle>
/** A file from an edge, the same way: signed with its device key, hello, events, reports and a digest follow. */
export const UpBundle = z.strictObject({
  type: z.literal('bundle-up'),
  site: Name,
  edge: Name,
  at: Time,
  lines: z.int().min(0),
  hash: Hash,
})
export type UpBundle = z.infer<typeof UpBundle>
