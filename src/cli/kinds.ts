/** Names of kinds and classes of events, as options take them. */
import { createRequire } from 'node:module'
import { InvalidArgumentError } from 'commander'
import type * as Suggest from '#policy/suggest.ts'
import { eventClasses, eventKindNames } from '#schema/event-kinds.ts'

const require = createRequire(import.meta.url)

const namesIn = (text: string): string[] => text.split(',').filter((name) => name !== '')

/** One sentence about the first name that is none; undefined when all are. */
const complaint = (noun: string, names: readonly string[], known: readonly string[]): string | undefined => {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return undefined
  // For a mistake alone.
  const { nearest }: typeof Suggest = require('#policy/suggest.ts')
  const near = nearest(unknown, known)
  return `There is no ${noun} \`${unknown}\`. ${near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean \`${near}\`?`}`
}

const listOf =
  <T extends string>(noun: string, known: readonly T[]) =>
  (text: string): T[] => {
    const wrong = complaint(noun, namesIn(text), known)
    if (wrong !== undefined) throw new InvalidArgumentError(wrong)
    return namesIn(text).flatMap((name) => known.filter((one) => one === name))
  }

/** Kinds with commas between them. */
export const kinds = listOf('kind', eventKindNames)
/** Classes with commas between them. */
export const classes = listOf('class', eventClasses)

/** Why nothing was found, perhaps: a manager keeps kinds of newer edges, so that a name unknown here is no mistake for sure. */
export const unknownKind = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : complaint('kind', namesIn(text), eventKindNames)
