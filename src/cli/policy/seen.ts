import { type Command, InvalidArgumentError } from 'commander'

/** A whole number of an option, from `least`. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d{1,10}$/.test(text) || value < least)
      throw new InvalidArgumentError(`It takes a whole number from ${least} on.`)
    return value
  }

/** Which revision of a draft somebody has in mind: another one is not changed by mistake. */
export const seenOption = (command: Command): Command =>
  command.requiredOption('--seen <revision>', 'revision of the draft that you have seen', whole(1))
