const unitSeconds = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
])

/** Seconds in a duration that was checked: address.ts. */
export const durationSeconds = (text: string): number =>
  Number(text.slice(0, -1)) * (unitSeconds.get(text.slice(-1)) ?? 1)
