import { InvalidArgumentError } from 'commander'
import { Duration, longestReason, Reason } from '#schema/address.ts'

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
