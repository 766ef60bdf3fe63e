/** Collects the objects of one generation. Chain and set names get the generation's prefix. */
import { table } from './names.ts'

/** Elements per transaction: above it a load in an unprivileged namespace fails with "Message too long". */
export const chunkSize = 4000
/** A rule takes as much of a transaction as this many elements. */
const ruleWeight = 20

export class Writer {
  readonly family: 'bridge' | 'inet'
  readonly prefix: string
  readonly #declared: string[] = []
  readonly #ruled: { readonly name: string; readonly rules: readonly string[] }[] = []
  readonly #chains = new Set<string>()
  readonly #sets = new Set<string>()
  readonly #counters = new Set<string>()
  readonly #elements: { readonly text: string; readonly weight: number }[] = []
  readonly #sharedSets = new Map<string, string>()

  constructor(family: 'bridge' | 'inet', generation: number) {
    this.family = family
    this.prefix = `g${generation}_`
  }

  /** Full name of a set, map or chain of this generation. */
  name(local: string): string {
    return this.prefix + local
  }

  set(local: string, type: string, flags = '', extra = ''): string {
    this.#sets.add(local)
    this.#declared.push(`  set ${this.name(local)} { ${type}; ${flags === '' ? '' : `flags ${flags}; `}${extra}}`)
    return `@${this.name(local)}`
  }

  map(local: string, type: string, flags = ''): string {
    this.#sets.add(local)
    this.#declared.push(`  map ${this.name(local)} { type ${type}; ${flags === '' ? '' : `flags ${flags}; `}}`)
    return `@${this.name(local)}`
  }

  has(local: string): boolean {
    return this.#chains.has(local) || this.#sets.has(local)
  }

  /** Adds elements, already written as nft text, in transactions of at most {@link chunkSize}. */
  elements(local: string, all: readonly string[]): void {
    for (const part of chunks(all, chunkSize))
      this.#elements.push({
        text: `add element ${this.family} ${table} ${this.name(local)} { ${part.join(', ')} }\n`,
        weight: part.length + 10,
      })
  }

  /** A set needed in several places: made once per content. */
  shared(content: string, make: (local: string) => void): string {
    const known = this.#sharedSets.get(content)
    if (known !== undefined) return known
    const local = `r${this.#sharedSets.size}`
    this.#sharedSets.set(content, local)
    make(local)
    return local
  }

  counter(name: string): string {
    this.#counters.add(name)
    return `counter name "${name}"`
  }

  /** A chain that its callers must already be able to name: chains may refer to each other in any order. */
  chain(local: string, rules: readonly string[]): string {
    this.#chains.add(local)
    this.#ruled.push({ name: this.name(local), rules })
    return this.name(local)
  }

  goto(local: string): string {
    return `goto ${this.name(local)}`
  }

  jump(local: string): string {
    return `jump ${this.name(local)}`
  }

  get counterNames(): readonly string[] {
    return [...this.#counters]
  }

  /**
   * Transactions that build the generation, inactive. Counters first, since maps name them; then sets and chains without content,
   * since rules and elements name them in any order; then elements and rules.
   */
  transactions(): string[] {
    const inTable = (blocks: readonly string[]) => `table ${this.family} ${table} {\n${blocks.join('\n')}\n}\n`
    const counted = [...this.#counters].map((name) => ({
      text: `add counter ${this.family} ${table} ${name}\n`,
      weight: 1,
    }))
    const empty = this.#ruled.map(({ name }) => `  chain ${name} { }`)
    // Rules written in several parts are appended in order.
    const filled = this.#ruled.flatMap(({ name, rules }) =>
      chunks(rules, chunkSize / ruleWeight).map((part) => ({
        text: `  chain ${name} {\n${part.map((rule) => `    ${rule}\n`).join('')}  }`,
        weight: part.length * ruleWeight,
      })),
    )
    return [
      ...packed(counted).map((texts) => texts.join('')),
      inTable([...this.#declared, ...empty]),
      ...packed(filled).map(inTable),
      ...packed(this.#elements).map((texts) => texts.join('')),
    ]
  }
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))

/** Puts items together, in order, into as few transactions as the weight of {@link chunkSize} elements allows. */
const packed = (items: readonly { readonly text: string; readonly weight: number }[]): string[][] => {
  const groups: string[][] = []
  let room = 0
  for (const { text, weight } of items) {
    if (weight > room) {
      groups.push([])
      room = chunkSize
    }
    groups.at(-1)?.push(text)
    room -= weight
  }
  return groups
}
