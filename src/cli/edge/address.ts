import { InvalidArgumentError } from 'commander'
import { Address } from '#schema/address.ts'

/** Parser of what takes an address, and not the name of an asset. */
export const address = (text: string): string => {
  if (Address.safeParse(text).success) return text
  throw new InvalidArgumentError('It takes an address such as 198.18.1.10, not the name of an asset.')
}
