/** The order of texts. */

/** By code units: the order of a language would differ from one machine to the next. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Each text once, in that order. */
export const sortedUnique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted(byText)
