/** Collects the objects of one generation. Chain and set names get the generation's prefix. */
import { table } from './names.ts'

/** Elements per transaction: above it a load in an unprivileged namespace fails with "Message too long". */
export const chunkSize = 4000

export class Writer {
  readonly family: 'bridge' | 'inet'
  readonly prefix: string
  readonly #blocks: string[] = []
  readonly #chains = new Set<string>()
  readonly #sets = new Set<string>()
  readonly #counters = new Set<string>()
  readonly #elements: string[] = []
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
    this.#blocks.push(`  set ${this.name(local)} { ${type}; ${flags === '' ? '' : `flags ${flags}; `}${extra}}`)
    return `@${this.name(local)}`
  }

  map(local: string, type: string, flags = ''): string {
    this.#sets.add(local)
    this.#blocks.push(`  map ${this.name(local)} { type ${type}; ${flags === '' ? '' : `flags ${flags}; `}}`)
    return `@${this.name(local)}`
  }

  has(local: string): boolean {
    return this.#chains.has(local) || this.#sets.has(local)
  }

  /** Adds elements, already written as nft text, in transactions of at most {@link chunkSize}. */
  elements(local: string, all: readonly string[]): void {
    for (let i = 0; i < all.length; i += chunkSize)
      this.#elements.push(`add element ${this.family} ${table} ${this.name(local)} { ${all.slice(i, i + chunkSize).join(', ')} }\n`)
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
    this.#blocks.push(`  chain ${this.name(local)} {\n${rules.map((rule) => `    ${rule}\n`).join('')}  }`)
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

  /** Transactions that build the generation, inactive. Counters first, since maps name them; then sets, elements, chains. */
  transactions(): string[] {
    const declared = [...this.#counters].map((name) => `add counter ${this.family} ${table} ${name}\n`)
    const counterChunks: string[] = []
    for (let i = 0; i < declared.length; i += chunkSize) counterChunks.push(declared.slice(i, i + chunkSize).join(''))
    return [...counterChunks, `table ${this.family} ${table} {\n${this.#blocks.join('\n')}\n}\n`, ...this.#elements]
  }
}
