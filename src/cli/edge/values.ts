/** Parsers of what is typed after an option, as far as it can be judged without an edge. */
import { InvalidArgumentError } from 'commander'
import { Address, Duration, longestReason, Reason } from '#schema/address.ts'

/** Parser of what takes an address, and not the name of an asset. */
export const address = (text: string): string => {
  if (Address.safeParse(text).success) return text
  throw new InvalidArgumentError('It takes an address such as 198.18.1.10, not the name of an asset.')
}

/** Parser of options that take a duration. */
export const duration = (text: string): string => {
  if (Duration.safeParse(text).success) return text
  throw new InvalidArgumentError('It takes a duration such as 30s, 10m, 1h or 2d.')
}

/** Parser of options that take a reason for the record. */
export const reasonText = (text: string): string => {
  if (Reason.safeParse(text).success) return text
  throw new InvalidArgumentError(
    text === ''
      ? 'It takes some words.'
      : `It takes at most ${longestReason} characters, and this has ${text.length}: say the rest in a ticket, and name that.`,
  )
}
