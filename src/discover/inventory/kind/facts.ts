/** Clues from what a device says about itself. */
import type { Fact } from '../../model.ts'
import type { Clue } from '../clues.ts'
import { families, makers, nameWords, type Family } from './models.ts'
import { kindOfRole } from './roles.ts'
import { kindWords } from './words.ts'

/** Characters of a description that are looked at. */
const maxLooked = 300
/** Characters of it that are told. */
const maxTold = 60

const shown = (text: string): string => (text.length > maxTold ? `${text.slice(0, maxTold - 1)}…` : text)

const match = (table: readonly Family[], text: string): Family | undefined => {
  const looked = text.slice(0, maxLooked)
  return table.find(([pattern]) => pattern.test(looked))
}

const clueOf = (table: readonly Family[], text: string, says: string, confidence: number): Clue[] => {
  const [, kind, weight] = match(table, text) ?? []
  return kind === undefined || weight === undefined ? [] : [{ kind, weight: weight * confidence, text: says }]
}

/** `WS-HMI_02.plant` in words without numbers: ws, hmi. */
const wordsOf = (name: string): readonly string[] =>
  (name.split('.')[0] ?? '')
    .slice(0, maxLooked)
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')

const descriptions: ReadonlySet<Fact['name']> = new Set(['model', 'module', 'description', 'os', 'service'])

const ofFact = ({ name, value, source, confidence }: Fact): readonly Clue[] => {
  const says = `${name} "${shown(value)}" (${source})`
  if (descriptions.has(name)) return clueOf(families, value, says, confidence)
  if (name === 'vendor')
    return clueOf(makers, value, `its vendor is ${shown(value)} (${source})`, Math.max(confidence, 0.7))
  if (name === 'role') {
    const kind = kindOfRole(value)
    return kind === undefined
      ? []
      : [{ kind, weight: 0.85 * confidence, text: `says it is ${kindWords(kind)} (${source})` }]
  }
  if (name !== 'name') return []
  return [
    ...wordsOf(value).flatMap((word) => clueOf(nameWords, word, `its name is "${shown(value)}"`, confidence)),
    ...clueOf(families, value, says, confidence * 0.7),
  ]
}

/** One clue for each kind and sort of fact, the strongest: a model told by three protocols is one model. */
export const cluesOfFacts = (facts: readonly Fact[]): readonly Clue[] => {
  const best = new Map<string, Clue>()
  for (const fact of facts)
    for (const clue of ofFact(fact)) {
      const key = `${clue.kind} ${fact.name === 'module' ? 'model' : fact.name}`
      const known = best.get(key)
      if (known === undefined || clue.weight > known.weight || (clue.weight === known.weight && clue.text < known.text))
        best.set(key, clue)
    }
  return [...best.values()]
}
