/** STIX patterns (STIX 2.1, 9) that say nothing but "this address, or that one". Others need more than a list to be matched. */

const comparison =
  /^\s*\(?\s*(ipv[46]-addr):value\s*(=|ISSUBSET|IN)\s*('[^'\\]{1,64}'|\(\s*'[^'\\]{1,64}'(?:\s*,\s*'[^'\\]{1,64}')*\s*\))\s*\)?\s*$/
const mostAlternatives = 1000

const alternatives = (text: string): string[] | undefined => {
  const found = comparison.exec(text)
  return found?.[3]?.match(/'[^']+'/g)?.map((quoted) => quoted.slice(1, -1))
}

/** The addresses and networks; nothing when the pattern says anything else, too. */
export const addressesIn = (pattern: string): readonly string[] | undefined => {
  // Of many spaces an expression below would try every way to share them out.
  const text = pattern.trim().replaceAll(/\s+/g, ' ')
  const observations = text.split(/\]\s+OR\s+\[/)
  if (observations.length > mostAlternatives) return undefined
  const inner = observations.map((one) => one.replace(/^\[/, '').replace(/\]$/, ''))
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined
  const found: string[] = []
  for (const part of inner.flatMap((one) => one.split(/\s+OR\s+/))) {
    const addresses = alternatives(part)
    if (addresses === undefined || found.length + addresses.length > mostAlternatives) return undefined
    found.push(...addresses)
  }
  return found
}
