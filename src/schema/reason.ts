import * as z from 'zod'

/** Characters of a reason that becomes part of the record. */
export const longestReason = 500
export const Reason = z.string().min(1).max(longestReason)
