import { InvalidArgumentError } from 'commander'
import { Duration } from '#schema/address.ts'

/** Parser of options that take a duration. */
export const duration = (text: string): string => {
  if (Duration.safeParse(text).success) return text
  throw new InvalidArgumentError('It takes a duration such as 30s, 10m, 1h or 2d.')
}
