import type * as z from 'zod'

const most = 20

/** One line per wrong field: `ip: an IPv4 or IPv6 address such as 198.18.1.10`. */
export const problems = (error: z.ZodError): string[] =>
  error.issues
    .slice(0, most)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
