/** Words that several documents of the manager's API share. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'

export const Time = z.iso.datetime()
export const Id = z.string().regex(idPattern)
/** Of a site, an edge, a receiver. */
export const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of small letters, digits and hyphens')
