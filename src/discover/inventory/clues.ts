/** Evidence for what a device is: each clue speaks for one kind, and clues for one kind add up without ever being certain. */
import { byText } from '#core/order.ts'
import { kinds } from '#schema/site.ts'
import type { Concluded, Kind } from '../model.ts'

export interface Clue {
  readonly kind: Kind
  /** 0 … 1: how sure this alone would make one. */
  readonly weight: number
  /** What was seen, in words. */
  readonly text: string
}

/** How sure one thing that was seen makes each of several kinds. */
export type Weights = Readonly<Partial<Record<Kind, number>>>

export const cluesFor = (weights: Weights, text: string, factor = 1): Clue[] =>
  kinds.flatMap((kind) => {
    const weight = weights[kind]
    return weight === undefined ? [] : [{ kind, weight: weight * factor, text }]
  })

/** Words of evidence that are told; the strongest first. */
const maxTold = 8

const byWeight = (a: Clue, b: Clue): number => b.weight - a.weight || byText(a.kind, b.kind) || byText(a.text, b.text)

export const round = (value: number): number => Math.round(value * 100) / 100

/**
 * The kind with the most evidence. Its confidence is what its clues give together; a weak rival takes little of it, an equal one
 * half.
 * @param fallback what is said when there are no clues at all
 */
export const conclude = (clues: readonly Clue[], fallback: string): Concluded<Kind> => {
  const doubts = new Map<Kind, number>()
  const sorted = clues.toSorted(byWeight)
  for (const { kind, weight } of sorted) doubts.set(kind, (doubts.get(kind) ?? 1) * (1 - weight))
  const [best, second] = [...doubts]
    .map(([kind, doubt]) => ({ kind, score: 1 - doubt }))
    .toSorted((a, b) => b.score - a.score || (a.kind < b.kind ? -1 : 1))
  if (best === undefined || best.score <= 0) return { value: 'other', confidence: 0, because: [fallback] }
  const rival = second?.score ?? 0
  const because = sorted.filter(({ kind }) => kind === best.kind).map(({ text }) => text)
  return {
    value: best.kind,
    confidence: round(best.score - (rival * rival) / (2 * best.score)),
    because: [...new Set(because)].slice(0, maxTold),
  }
}
