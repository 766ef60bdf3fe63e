/**
 * A policy with mistakes in its shape, without the parts that have them: so that its meaning can be checked in the same run and
 * a person sees every problem at once. What was taken out counts as known, so that nothing follows from its absence.
 */
import { Site } from '#schema/site.ts'
import type { Source } from './locate.ts'
import type { Path, Problem } from './problem.ts'

export interface Salvaged {
  readonly site: Site
  /** Finds places in the document as it was written. */
  readonly source: Source
  /** Whether a problem can be a consequence of what was taken out. */
  readonly isConsequence: (problem: Problem) => boolean
}

const lists = ['conduits', 'denies', 'broadcast', 'layer2', 'sensors', 'responses', 'redirects', 'exceptions', 'tests']

type Tree = Record<string, unknown>
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands in for what a document cannot be without. */
const standIns: Readonly<Record<string, unknown>> = { version: 1, site: 'site', edges: {}, zones: {} }

class Pruning {
  readonly document: Tree
  readonly removed = new Set<string>()
  /** Whole sections taken out: any name may have been in them. */
  sections = false
  /** Decoys hang together: one mistake takes all of them out. */
  decoys = false
  /** Entries of lists taken out, by list; the list itself keeps its length until the end. */
  readonly gaps = new Map<string, Set<number>>()

  constructor(document: Tree) {
    this.document = document
  }

  /** Takes out the value at a path: itself where nothing else hangs on it, else the entry it is in. */
  take(path: Path, whole: boolean) {
    const [section, entry] = path
    if (typeof section !== 'string') return
    if (section === 'decoys') {
      this.decoys = true
      delete this.document['decoys']
      return
    }
    if (entry === undefined) {
      if (!Object.hasOwn(standIns, section) || isTree(standIns[section])) this.sections = true
      if (Object.hasOwn(standIns, section)) this.document[section] = standIns[section]
      else delete this.document[section]
      return
    }
    const container = this.document[section]
    const inList = path.slice(2).some((step) => typeof step === 'number')
    if (path.length > 2 && !whole && !inList) {
      let at: unknown = container
      for (const step of path.slice(1, -1))
        at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined
      if (isTree(at)) delete at[String(path.at(-1))]
    } else if (Array.isArray(container)) this.gap(section, Number(entry), container)
    else if (isTree(container)) {
      this.removed.add(String(entry))
      delete container[String(entry)]
    }
  }

  private gap(list: string, index: number, entries: readonly unknown[]) {
    const entry = entries[index]
    if (isTree(entry) && typeof entry['id'] === 'string') this.removed.add(entry['id'])
    const gaps = this.gaps.get(list) ?? new Set()
    this.gaps.set(list, gaps.add(index))
  }

  /** The document with the gaps closed, and where its entries were. */
  closed(): { document: Tree; origins: ReadonlyMap<string, readonly number[]> } {
    const document = { ...this.document }
    const origins = new Map<string, readonly number[]>()
    for (const list of lists) {
      const entries = document[list]
      const gaps = this.gaps.get(list)
      if (!Array.isArray(entries) || gaps === undefined) continue
      const kept = [...entries.keys()].filter((index) => !gaps.has(index))
      origins.set(list, kept)
      document[list] = kept.map((index): unknown => entries[index])
    }
    return { document, origins }
  }
}

const original = (origins: ReadonlyMap<string, readonly number[]>, path: Path): Path => {
  const [section, index, ...rest] = path
  const kept = origins.get(String(section))
  return kept === undefined || typeof index !== 'number' ? path : [section!, kept[index] ?? index, ...rest]
}

/** @returns undefined when too little is left to be checked */
export const salvage = (raw: unknown, problems: readonly Problem[], source: Source): Salvaged | undefined => {
  if (!isTree(raw)) return undefined
  const pruning = new Pruning(structuredClone(raw))
  for (const [section, value] of Object.entries(standIns))
    if (!Object.hasOwn(pruning.document, section)) pruning.take([section], isTree(value))
  for (const { path } of problems) pruning.take(path, false)
  for (let round = 0; round < 3; round++) {
    const { document, origins } = pruning.closed()
    const result = Site.safeParse(document)
    if (result.success) {
      const { removed, sections, decoys } = pruning
      return {
        site: result.data,
        source: { ...source, at: (path, part) => source.at(original(origins, path), part) },
        isConsequence: ({ code, severity, message }) =>
          severity === 'warning' ||
          (code.startsWith('unknown-') &&
            (sections || [...message.matchAll(/`([^`]+)`/g)].some(([, name]) => removed.has(name ?? '')))) ||
          (decoys && code === 'response-impossible') ||
          code === 'invalid-test',
      }
    }
    for (const { path } of result.error.issues)
      pruning.take(
        original(
          origins,
          path.map((step) => (typeof step === 'number' ? step : String(step))),
        ),
        true,
      )
  }
  return undefined
}
