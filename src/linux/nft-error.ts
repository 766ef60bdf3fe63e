/**
 * What libnftables said about a command.
 * - `syntax`: the text is wrong
 * - `missing` / `exists`: it names something that is not there, or is there already
 * - `busy`: the object is in use
 * - `too-large`: the transaction does not fit the socket buffer (use smaller chunks)
 * - `unsupported`: this kernel cannot do it
 * - `rejected`: anything else the kernel refused
 */
export type NftErrorKind = 'syntax' | 'missing' | 'exists' | 'busy' | 'too-large' | 'unsupported' | 'rejected'

export interface NftError {
  readonly kind: NftErrorKind
  /** The library's first message without its position, e.g. `syntax error, unexpected fwd`. */
  readonly message: string
  /** 1-based line in the text given, when the library named one. */
  readonly line?: number
  /** 1-based column in that line. */
  readonly column?: number
  /** The offending line itself. */
  readonly text?: string
  /** Everything the library wrote. */
  readonly output: string
}

const kinds: readonly (readonly [RegExp, NftErrorKind])[] = [
  [/Message too long|No buffer space/, 'too-large'],
  [/No such file or directory/, 'missing'],
  [/File exists/, 'exists'],
  [/Device or resource busy/, 'busy'],
  [/Operation not supported|Protocol not supported|not supported by protocol/, 'unsupported'],
  [/Could not process rule|netlink:|Invalid argument|Numerical result out of range/, 'rejected'],
]

const position = /^[^\n:]*:(\d+):(\d+)(?:-\d+)?: Error: (.*)$/m

/** Reads libnftables' error text; `given` is the command text it refers to. */
export const parseNftError = (output: string, given: string): NftError => {
  const found = position.exec(output)
  const message = found?.[3] ?? /Error: (.*)/.exec(output)?.[1] ?? output.trim().split('\n')[0] ?? ''
  const kind = kinds.find(([pattern]) => pattern.test(message) || pattern.test(found ? '' : output))?.[1] ?? 'syntax'
  if (found === null) return { kind, message: message || 'nft failed without a message', output }
  const line = Number(found[1])
  const text = given.split('\n')[line - 1]
  return { kind, message, line, column: Number(found[2]), output, ...(text === undefined ? {} : { text: text.trim() }) }
}

/** One sentence for a person: message, position and the line. */
export const describeNftError = (error: NftError): string => {
  const where =
    error.line === undefined
      ? ''
      : ` (line ${error.line}${error.column === undefined ? '' : `, column ${error.column}`})`
  return `${error.message}${where}${error.text === undefined ? '' : `: ${shorten(error.text)}`}`
}

const shorten = (text: string): string => (text.length <= 160 ? text : `${text.slice(0, 157)}...`)
