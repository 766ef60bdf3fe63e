/** A password that a person types unseen, or that is piped in. */
import { attemptLimit } from '#core/personality.ts'
import { Fault } from '#core/errors.ts'

/** Characters that are looked at: enough to tell that a password is too long. */
const longest = 1024

/** Standard input, as far as it is used here. */
export interface Keyboard extends AsyncIterable<unknown> {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
  setEncoding?(encoding: 'utf8'): unknown
}

const nothing = (): Fault =>
  new Fault('usage', 'No password was given.', { advice: 'Type it at the prompt, or pipe it in as one line.' })

async function* charactersOf(keyboard: Keyboard): AsyncGenerator<string, undefined> {
  for await (const chunk of keyboard) yield* String(chunk)
}

const isEnd = (key: string): boolean => key === '\r' || key === '\n'

/** Ctrl-C and Ctrl-D come as characters where the terminal shows none. */
const isGivingUp = (key: string): boolean => key === '\u0003' || key === '\u0004'

/** @param edits whether keys rub out what was typed; in a pipe every character but the end of the line is meant */
const lineOf = async (characters: AsyncGenerator<string, undefined>, edits: boolean): Promise<string> => {
  const line: string[] = []
  for (;;) {
    const { done, value: key } = await characters.next()
    if (done === true) {
      if (edits || line.length === 0) throw nothing()
      return line.join('')
    }
    if (isEnd(key)) return line.join('')
    if (edits && isGivingUp(key)) throw nothing()
    if (edits && (key === '\u007F' || key === '\b')) line.pop()
    else if (line.length < longest) line.push(key)
  }
}

const checked = (secret: string): string => {
  if (secret === '') throw nothing()
  if (secret.length > attemptLimit)
    throw new Fault('usage', `A password of more than ${attemptLimit} characters is never asked about.`, {
      advice: `Decoys look at ${attemptLimit} characters of what is typed.`,
    })
  return secret
}

/**
 * Twice at a terminal, which shows none of it; the first line where there is none.
 * @param ask shows a prompt to a person
 * @throws Fault `usage`
 */
export const readSecret = async (keyboard: Keyboard, ask: (prompt: string) => void): Promise<string> => {
  keyboard.setEncoding?.('utf8')
  const characters = charactersOf(keyboard)
  if (keyboard.isTTY !== true)
    try {
      return checked(await lineOf(characters, false))
    } finally {
      await characters.return(undefined)
    }
  const prompted = async (prompt: string): Promise<string> => {
    ask(prompt)
    const line = await lineOf(characters, true)
    ask('\n')
    return line
  }
  keyboard.setRawMode?.(true)
  try {
    const first = checked(await prompted('Password: '))
    if ((await prompted('Again: ')) !== first)
      throw new Fault('usage', 'The two are not the same.', { advice: 'Run it again.' })
    return first
  } finally {
    keyboard.setRawMode?.(false)
    await characters.return(undefined)
  }
}
