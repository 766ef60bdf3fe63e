/** Users as they are named. */

/**
 * One account by all the names that a directory may take it by: `PLANT\operator`, `Operator`, `operator@plant`. Directories compare without
 * case, most without accents, and pass over what is not seen (RFC 4518, 2.2): each such spelling is the same user.
 */
export const accountOf = (user: string): string =>
  user
    .normalize('NFKD')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{M}\p{C}]/gu, '')
    // Upper case first: ß and SS, ı and I are the same.
    .toUpperCase()
    .toLowerCase()
    .replace(/^.*[\\/]/, '')
    .replace(/@.*$/, '')
    .trim()
