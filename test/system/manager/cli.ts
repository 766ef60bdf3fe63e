/** Commands by their words, with exit code and what they print, for tests of what a command says and does. */
import { commandLine, type Ran } from '../../fixtures/command-lines.ts'

export type Said = Ran

/** `bulkhead WORDS…`; one after another, however they are called. */
export const bulkhead = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> =>
  commandLine(words, { ...process.env, ...env })

/** The same, which must succeed. @returns what it printed */
export const done = async (...words: readonly string[]): Promise<string> => {
  const { code, out, err } = await bulkhead(words)
  if (code !== 0) throw new Error(`bulkhead ${words.join(' ')}: ${code} ${err}${out}`)
  return out
}
