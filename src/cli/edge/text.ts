/** What others wrote (reasons, names, alarms) may not steer the terminal it is shown on. */
export const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·')

/** `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 conduit`, `2 conduits`. */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`
