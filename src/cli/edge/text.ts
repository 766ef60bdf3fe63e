/** What others wrote: reasons, names, alarms. */
export { legible as plain } from '#core/legible.ts'

/** `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 conduit`, `2 conduits`. */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`
