/** The certificate that one decoy shows. */
import type { Identity } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { derivedKey, rsaKey, selfSigned, type Certificate } from './certificate.ts'

const day = 86_400_000
/** Windows makes its own for half a year, devices for ten years. */
const [windowsLife, deviceLife] = [182, 3650] as const

/**
 * Names and validity follow from the identity, the key of a device from the site's secret; that of a Windows computer is made anew,
 * as Windows does when the old one is gone.
 * @param service `rdp`: as Windows makes it
 */
export const certificateOf = async (
  secret: Uint8Array,
  identity: Identity,
  { vendor }: Pick<Persona, 'vendor'>,
  { service, now }: { readonly service: string; readonly now: number },
): Promise<Certificate> => {
  const isWindows = service === 'rdp'
  // Begun on a day of the last months (or years) that stays the same until the validity ends, to the second.
  const life = (isWindows ? windowsLife : deviceLife) * day
  const shift = (identity.seed * 1000) % life
  const from = Math.floor((now + shift) / life) * life - shift
  const range = { from, to: from + life }
  if (isWindows) return selfSigned(await rsaKey(), { name: identity.name, windows: true, ...range })
  return selfSigned(derivedKey(secret, identity.address), {
    name: identity.name,
    organization: vendor,
    addresses: [identity.address],
    names: [identity.name],
    ...range,
  })
}
