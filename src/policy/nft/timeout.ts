/**
 * A timeout of an element, to the millisecond, so that a window closes with its minute. nft takes at most eight digits per unit: more
 * than a day in milliseconds alone is refused as "value too large".
 */
export const timeoutOf = (seconds: number): string => {
  const milliseconds = Math.max(1, Math.ceil(seconds * 1000))
  const whole = Math.floor(milliseconds / 1000)
  const rest = milliseconds % 1000
  return `timeout ${whole > 0 ? `${whole}s` : ''}${rest > 0 ? `${rest}ms` : ''}`
}
