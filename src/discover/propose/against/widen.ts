/** Commands added to a conduit that somebody wrote: a range of an entry is widened where that says it, else an entry follows. */
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Vocabulary } from '#core/protocol.ts'
import { parseRanges } from '#policy/constraint.ts'
import { constraintOf, constraintsIn, type Entry } from '#policy/vocabulary.ts'
import type { Command } from '../../model.ts'
import { entryOf } from '../allow.ts'
import type { Permit, Profile } from '../profile.ts'
import { joined, rangesText, within, type Ranges } from '../ranges.ts'
import { comment, flow, item, toValue } from '../yaml.ts'
import { commandEvidence } from '../words.ts'
import { allows } from './coverage.ts'
import type { Editor } from './edits.ts'

interface Wider {
  readonly entry: number
  readonly word: string
  readonly text: string
}

const seenIn = (permit: Permit, name: string): Ranges | undefined =>
  name === 'values' ? permit.values && [permit.values] : permit.numbers[name]

/** The one range of an entry that keeps it from allowing a permit, joined with what was seen; undefined when there is more to it. */
const widerOf = (vocabulary: Vocabulary, entry: Entry, index: number, permit: Permit): Wider | undefined => {
  if (typeof entry === 'string' || entry.op !== permit.op) return undefined
  // What somebody bound to the process or to a rate is not widened for them.
  if (entry.step !== undefined || entry.rate !== undefined || entry.while !== undefined) return undefined
  const narrow = constraintsIn(entry).flatMap(([word, written]) => {
    const known = constraintOf(vocabulary, word)
    const ranges = known?.constraint.kind === 'ranges' ? parseRanges(written) : undefined
    const seen = known && seenIn(permit, known.name)
    if (ranges !== undefined && seen !== undefined && within(joined(seen), joined(ranges))) return []
    // Names, lists and numbers are added to by an entry of their own.
    const isText = typeof written !== 'object'
    return [{ word, ranges, seen, isText }]
  })
  const [only, ...others] = narrow
  if (only?.ranges === undefined || only.seen === undefined || !only.isText || others.length > 0) return undefined
  return { entry: index, word: only.word, text: rangesText(joined([...only.ranges, ...only.seen])) }
}

/**
 * @param index of the conduit in the document
 * @returns a sentence for each change
 */
export const widen = (
  editor: Editor,
  index: number,
  allow: readonly Entry[],
  profile: Profile,
  protocol: string,
  commands: ReadonlyMap<string, Command>,
): readonly string[] => {
  if (!isProtocolName(protocol)) return []
  const vocabulary: Vocabulary = vocabularies[protocol]
  const touched = new Set<number>()
  return profile.flatMap((permit) => {
    if (allow.some((entry) => allows(vocabulary, entry, permit))) return []
    const evidence = commandEvidence(permit.commands.flatMap((id) => commands.get(id) ?? []))
    // An entry is widened once: the next change would be of text that is not there any more.
    const wider = allow
      .map((entry, i) => (touched.has(i) ? undefined : widerOf(vocabulary, entry, i, permit)))
      .find((each) => each !== undefined)
    if (wider !== undefined) {
      const text = /^-?\d+$/.test(wider.text) ? Number(wider.text) : wider.text
      if (editor.replace(['conduits', index, 'allow', wider.entry, wider.word], text)) {
        touched.add(wider.entry)
        return [`${permit.op}: ${wider.word} widened to ${wider.text} (${evidence})`]
      }
    }
    const value = toValue(entryOf(permit))
    editor.addItem(['conduits', index, 'allow'], value, (indent) => {
      const lines = item(value, indent)
      return lines.length === 1 ? [`${lines[0] ?? ''} ${comment(evidence)}`] : [comment(evidence, indent), ...lines]
    })
    return [`${flow(value)} added (${evidence})`]
  })
}
