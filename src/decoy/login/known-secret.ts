/** Whether what was typed, or proved, is planted by the site or delivered by a vendor. */
import { accountOf } from '#core/account.ts'
import type { Attempt } from '#core/personality.ts'
import type { Honeytoken } from '#schema/decoys.ts'
import type * as z from 'zod'
import { vendorDefaultOf, vendorDefaults, type VendorDefault } from './vendor-defaults.ts'
import { isVncResponse } from './vnc.ts'

export type Planted = z.infer<typeof Honeytoken>
export type KnownSecret =
  | { readonly kind: 'honeytoken'; readonly token: Planted }
  | { readonly kind: 'vendor-default'; readonly of: VendorDefault }

/** Each candidate costs a DES: so many are tried. */
const vncCandidates = 512

export const knownSecret = ({ user, secret }: Attempt, honeytokens: readonly Planted[]): KnownSecret | undefined => {
  const named = accountOf(user)
  /** A protocol without users shows the password alone. */
  const isUser = (token: Planted): boolean => named !== '' && accountOf(token.user) === named
  const typed = (token: Planted): boolean => {
    if (token.password === undefined) return isUser(token)
    if (secret.kind === 'password') return secret.text === token.password && (named === '' || isUser(token))
    return secret.kind === 'vnc' && isVncResponse(secret.challenge, secret.response, token.password)
  }
  const token = honeytokens.slice(0, vncCandidates).find(typed)
  if (token !== undefined) return { kind: 'honeytoken', token }
  if (secret.kind === 'none') return undefined
  const of =
    secret.kind === 'password'
      ? vendorDefaultOf(user, secret.text)
      : vendorDefaults.find(
          ({ password }) => password !== '' && isVncResponse(secret.challenge, secret.response, password),
        )
  return of === undefined ? undefined : { kind: 'vendor-default', of }
}
