/** Who made a device, and what it is called: of all that was told the surest, and of equals the one told most often. */
import type { FactName } from '#core/message.ts'
import { byText } from '#core/order.ts'
import type { Concluded, Fact, IdentityName } from '../model.ts'
import { round } from './clues.ts'

/** Values that a device was given by nobody. */
const isEmpty = (value: string): boolean =>
  /^[\s\0?*.-]*$/.test(value) ||
  /^(unknown|none|n\/a|null|not set|default|to be filled by o\.e\.m\.)$/i.test(value.trim())

interface Candidate {
  readonly value: string
  confidence: number
  count: number
  readonly sources: Set<string>
}

const candidatesOf = (facts: readonly Fact[], name: FactName | IdentityName): readonly Candidate[] => {
  const byValue = new Map<string, Candidate>()
  for (const { name: of, value, source, confidence, count } of facts) {
    if (of !== name || isEmpty(value)) continue
    const text = value.trim().replace(/[\s,;]+$/, '')
    const key = text.toLowerCase()
    const known = byValue.get(key)
    if (known === undefined) byValue.set(key, { value: text, confidence, count, sources: new Set([source]) })
    else {
      known.confidence = Math.max(known.confidence, confidence)
      known.count += count
      known.sources.add(source)
    }
  }
  return [...byValue.values()].toSorted(
    (a, b) => b.confidence - a.confidence || b.count - a.count || byText(a.value, b.value),
  )
}

/** Of two facts that contradict each other with the same confidence, each is half as sure. */
export const bestOf = (facts: readonly Fact[], name: FactName | IdentityName): Concluded<string> | undefined => {
  const [best, second] = candidatesOf(facts, name)
  if (best === undefined) return undefined
  const rival = second !== undefined && second.confidence >= best.confidence ? second : undefined
  const share = rival === undefined ? 1 : best.count / (best.count + rival.count)
  return {
    value: best.value,
    confidence: round(best.confidence * share),
    because: [
      `told by ${[...best.sources].toSorted().join(', ')}`,
      ...(second === undefined
        ? []
        : [`"${second.value}" was told too, by ${[...second.sources].toSorted().join(', ')}`]),
    ],
  }
}

/** Sources whose names people gave to be found by; a program's name in a controller comes after them. */
const naming: ReadonlySet<string> = new Set('dhcp dns mdns llmnr nbns browser pn-dcp lldp cdp snmp'.split(' '))

/** Names of a device, the most telling first. */
export const hostnamesOf = (facts: readonly Fact[]): readonly string[] => {
  const rank = ({ sources }: Candidate): number => ([...sources].some((source) => naming.has(source)) ? 0 : 1)
  return candidatesOf(facts, 'name')
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ value }) => value)
}
