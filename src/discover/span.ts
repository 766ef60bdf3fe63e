import type { Observed } from './model.ts'

/** ms since 1970 of the first and the last packet of all recordings. One without packets has no time; none of them have: zero. */
export const spanOf = (captures: Observed['captures']): { readonly first: number; readonly last: number } => {
  const seen = captures.filter(({ packets }) => packets > 0)
  if (seen.length === 0) return { first: 0, last: 0 }
  return { first: Math.min(...seen.map(({ first }) => first)), last: Math.max(...seen.map(({ last }) => last)) }
}
