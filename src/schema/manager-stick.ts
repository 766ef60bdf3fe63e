/** Files for edges without a line, in the manager's API. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { Signed } from './link-objects.ts'

export const StickParams = z.strictObject({ id: z.string().regex(idPattern, 'the id of a file under way') })

/** Characters of one part: escaped and in UTF-8 it stays below what a request may have. */
export const partLimit = 400_000
/** Bytes of one request that brings a part. */
export const partBytes = 2 << 20

/** The first line of a file of an edge. */
export const NewStick = z.strictObject({ head: Signed })
export const Stick = z.strictObject({
  id: z.string(),
  site: z.string(),
  edge: z.string(),
  /** When the edge wrote it, by its clock. */
  at: z.iso.datetime(),
  /** Lines that follow. */
  lines: z.int(),
})
export type Stick = z.output<typeof Stick>

/** What follows the first line, in order. `at`: bytes that came before. */
export const StickPart = z.strictObject({ at: z.int().min(0), text: z.string().min(1).max(partLimit) })
export const StickBytes = z.strictObject({ bytes: z.int() })

/** How far a file is; asked again until it is done. */
export const StickTaken = z.strictObject({
  done: z.boolean(),
  lines: z.int(),
  events: z.int(),
  /** Reports about policies, orders, permits and risk. */
  reports: z.int(),
})
export type StickTaken = z.output<typeof StickTaken>

/** A whole file for an edge. */
export const StickDown = z.strictObject({
  site: z.string(),
  edge: z.string(),
  lines: z.int(),
  text: z.string(),
  /** Revision of the newest object of each stream in it, and of the policy, when one is due. */
  revisions: z.record(z.string(), z.int()),
  /** Until when the edge's new certificate is good. */
  certificate: z.iso.datetime(),
})
export type StickDown = z.output<typeof StickDown>
