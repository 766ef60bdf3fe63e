/** Names of devices in a policy: readable, unique, and the same whatever order things were seen in. */
import type { Concluded, Kind } from '../model.ts'

/** The longest name of a policy: schema/site.ts. */
const maxLength = 63
/** Names that many devices leave the factory with, or that mean something else in a policy. */
const generic = new Set(
  'any localhost station switch router plc hmi host device unnamed unknown none default printer camera server client'.split(
    ' ',
  ),
)

export interface Naming {
  readonly vlan: number
  /** IP address, else Ethernet address. */
  readonly address: string
  readonly told?: string
  readonly hostnames: readonly string[]
  readonly kind: Concluded<Kind>
  readonly vendor?: string
}

/** Text as a name of a policy; empty when nothing is left of it. */
export const slugOf = (text: string): string =>
  text
    .slice(0, 4 * maxLength)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, maxLength)

const addressSlug = (address: string): string => slugOf(address.replaceAll(':', '-'))

/** The first label of a host name: its domain is the same for all of a site. */
const hostSlug = (name: string): string => slugOf(/^[^.]+\.[^.]+\./.test(name) ? (name.split('.')[0] ?? '') : name)

const isTelling = (slug: string): boolean => slug.length > 1 && !generic.has(slug) && /[a-z]/.test(slug)

/** Below this the kind may change with the next capture, and a name should not. */
const sure = 0.5

const described = ({ kind, vendor, address }: Naming): string => {
  const what = kind.value === 'other' || kind.confidence < sure ? 'device' : kind.value
  const maker = slugOf((vendor ?? '').split(/[^\p{L}\p{N}]+/u)[0] ?? '')
  return [what, ...(maker.length > 1 ? [maker] : []), addressSlug(address)].join('-')
}

const firstChoice = (naming: Naming): string => {
  const told = slugOf(naming.told ?? '')
  if (told !== '' && told !== 'any') return told
  return naming.hostnames.map(hostSlug).find(isTelling) ?? slugOf(described(naming))
}

/** A name with something behind it, within the length that a policy takes. */
const extended = (name: string, more: string): string =>
  `${name.slice(0, Math.max(1, maxLength - more.length - 1)).replace(/[._-]+$/, '')}-${more}`.slice(0, maxLength)

/** Every name that several devices want gets their addresses behind it, and their VLANs where those are the same too. */
export const namesOf = (namings: readonly Naming[]): readonly string[] => {
  let names = namings.map(firstChoice)
  const apart = [
    ({ address }: Naming): string => addressSlug(address),
    ({ vlan }: Naming): string => `v${vlan}`,
  ] as const
  for (const more of apart) {
    const wanted = new Map<string, number>()
    for (const name of names) wanted.set(name, (wanted.get(name) ?? 0) + 1)
    // A name that a person gave stays with whom it was given to, unless they gave it twice.
    const given = new Map<string, number>()
    for (const [i, { told }] of namings.entries())
      if (told !== undefined && slugOf(told) === names[i]) given.set(names[i], (given.get(names[i]) ?? 0) + 1)
    names = names.map((name, i) => {
      const naming = namings[i]
      if (naming === undefined || (wanted.get(name) ?? 0) < 2) return name
      if (given.get(name) === 1 && slugOf(naming.told ?? '') === name) return name
      const suffix = more(naming)
      return name.endsWith(suffix) ? name : extended(name, suffix)
    })
  }
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let number = 2; taken.has(unique); number++) unique = extended(name, `${number}`)
    taken.add(unique)
    return unique
  })
}
