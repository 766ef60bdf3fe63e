import { InvalidArgumentError } from 'commander'
import { longestReason, Reason } from '#schema/reason.ts'

/** Parser of options that take a reason for the record. */
export const reasonText = (text: string): string => {
  if (Reason.safeParse(text).success) return text
  throw new InvalidArgumentError(
    text === ''
      ? 'It takes some words.'
      : `It takes at most ${longestReason} characters, and this has ${text.length}: say the rest in a ticket, and name that.`,
  )
}
