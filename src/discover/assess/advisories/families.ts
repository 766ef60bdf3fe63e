/** Order numbers and short model names, and the words that advisories use for their families. */
const families: readonly (readonly [model: RegExp, words: readonly string[]])[] = [
  [/\bcpu[ -]?12\d\d[a-z]*\b|\b6es7 ?21\d-|\bs7[- ]?1200\b/, ['s7-1200']],
  [/\bcpu[ -]?15\d\d[a-z]*\b|\b6es7 ?5(?:1[0-8])-|\bs7[- ]?1500\b/, ['s7-1500']],
  [/\bcpu[ -]?3\d\d[a-z]*\b|\b6es7 ?31\d-|\bs7[- ]?300\b/, ['s7-300']],
  [/\bcpu[ -]?4\d\d[a-z]*\b|\b6es7 ?41\d-|\bs7[- ]?400\b/, ['s7-400']],
  [/\bbmx ?p34/, ['m340']],
  [/\bbme ?[ph]58/, ['m580']],
  [/\btm221/, ['m221']],
  [/\btm241/, ['m241']],
  [/\btm251/, ['m251']],
  [/\b140 ?cpu/, ['quantum']],
  [/\btsx ?p57/, ['premium']],
  [/\b1756-l6\d/, ['controllogix', '5560']],
  [/\b1756-l7\d/, ['controllogix', '5570']],
  [/\b1756-l8\d/, ['controllogix', '5580']],
  [/\b1768-l/, ['compactlogix', '1768']],
  [/\b1769-l(?:1[689]|2[47]|3[0367])er/, ['compactlogix', '1769', '5370']],
  [/\b1769-l/, ['compactlogix', '1769']],
  [/\b5069-l[34]\d\d?er/, ['compactlogix', '5380']],
  [/\b5069-l4\d\d\d/, ['compactlogix', '5480']],
  [/\b1766-/, ['micrologix', '1400']],
  [/\b1763-/, ['micrologix', '1100']],
]

/** Words of advisories that say nothing about which product it is. */
const common = new Set(
  (
    'simatic modicon cpu cpus family families controller controllers series incl including variants variant related and or the all of for with ' +
    'module modules plc plcs unit units part number numbers product products device devices firmware hardware system systems series siplus logix ' +
    'programmable industrial communication communications ethernet edition'
  ).split(' '),
)

/** Letters and digits alone: `6ES7 214-1AG40-0XB0` and `6ES7214-1AG40-0XB0` are one order number. */
export const squeezed = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const wordsOf = (text: string): readonly string[] =>
  text
    .slice(0, 500)
    .toLowerCase()
    .split(/[\s/,;:()[\]_*"']+/)
    .map((word) => word.replaceAll(/^[-.]+|[-.]+$/g, ''))
    .filter((word) => word !== '')

const seriesOf = (text: string): string | undefined =>
  /\bseries ([a-d])\b|\/([a-d])\b/i.exec(text)?.slice(1).find(Boolean)?.toLowerCase()

const orderNumber = /\b(?:6[a-z]{2}\d[ ]?\d{3}-\d[a-z]{2}\d{2}-\d[a-z]{2}\d|[a-z0-9]+(?:-[a-z0-9]+){2,})/gi

/** What identifies a product: words that tell it from others, its order numbers, and its hardware series. */
export interface ProductName {
  readonly words: readonly string[]
  readonly models: readonly string[]
  readonly series?: string | undefined
}

/** A product as an advisory names it. */
export const productName = (product: string, models: readonly string[] = []): ProductName => {
  const numbered = product.match(/\(([^)]*)\)/g)?.flatMap((inner) => inner.match(orderNumber) ?? []) ?? []
  const bare = product.replaceAll(/\([^)]*\)/g, ' ').replaceAll(/\bseries [a-d]\b/gi, ' ')
  const words = wordsOf(bare).filter((word) => !common.has(word) && !/^v\d+$/.test(word))
  const starred = [...product.matchAll(/\b([A-Z0-9]{4,})\*/g)].map(([, start]) => `${start}*`)
  return { words: [...new Set(words)], models: [...models, ...numbered, ...starred], series: seriesOf(product) }
}

/** What a device says of its model, in its own words and in those of its family. */
export interface ModelName {
  readonly words: ReadonlySet<string>
  readonly squeezed: readonly string[]
  readonly series?: string | undefined
}

export const modelName = (texts: readonly string[]): ModelName => {
  const lower = texts.map((text) => text.slice(0, 500).toLowerCase())
  const family = families.flatMap(([model, words]) => (lower.some((text) => model.test(text)) ? words : []))
  return {
    words: new Set([...lower.flatMap(wordsOf), ...family]),
    squeezed: lower.map(squeezed),
    series: lower.map(seriesOf).find((series) => series !== undefined),
  }
}
