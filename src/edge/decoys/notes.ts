/** What was asked of a decoy, in words of the protocol, and what that is in ATT&CK for ICS. Pure. */

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

/** Undefined: that it was found at all, which is what the kind of the event says. */
export const techniqueOf = (notes: readonly string[]): string | undefined =>
  techniques.find(([pattern]) => notes.some((note) => pattern.test(note)))?.[1]
