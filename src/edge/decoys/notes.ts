/** What was asked of a decoy, in words of the protocol, and what that is in ATT&CK for ICS. Pure. */
import type { EventDraft } from '#schema/event.ts'

/** Notes hold what an attacker sent. */
export const stripNotes = (notes: readonly string[]): string[] =>
  notes.map((note) => note.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·').slice(0, 100)).filter((note) => note !== '')

/** First that matches, from what does most to what does least. */
const techniques: readonly (readonly [RegExp, string])[] = [
  [/\b(download|upload program|program transfer)/i, 'T0843'],
  [/\b(stop|start|restart|reset|mode)\b/i, 'T0858'],
  [/\b(write|set|force|operate|select|control|command)\b/i, 'T1692.001'],
  [/\b(read|identif\w*|szl|list|get|browse|who-is|identity)\b/i, 'T0888'],
]

/** Place of what matters most among them, the last for what is nothing of these. */
const rankOf = (notes: readonly string[]): number => {
  const rank = techniques.findIndex(([pattern]) => notes.some((note) => pattern.test(note)))
  return rank < 0 ? techniques.length : rank
}

/** Undefined: that it was found at all, which is what the kind of the event says. */
export const techniqueOf = (notes: readonly string[]): string | undefined => techniques[rankOf(notes)]?.[1]

/** Notes of one event. */
export const mostNotes = 16
const notesOf = ({ details }: EventDraft): string[] => {
  const asked = details?.['asked']
  return Array.isArray(asked) ? asked.map(String) : []
}

/**
 * Two events of one conversation with a decoy as one, which says what did most: a hundred reads do not hide a write, nor a handshake
 * without a word what was asked after it.
 */
export const joinedContacts = (before: EventDraft, more: EventDraft): EventDraft => {
  const [earlier, later] = [notesOf(before), notesOf(more)]
  const { details, ...said } = rankOf(later) <= rankOf(earlier) && later.length > 0 ? more : before
  const asked = [...new Set([...earlier, ...later])]
    .map((note) => ({ note, rank: rankOf([note]) }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, mostNotes)
    .map(({ note }) => note)
  return { ...said, details: { ...details, ...(asked.length > 0 && { asked }) } }
}
