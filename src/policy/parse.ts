/** From the text of a policy to a checked shape: what the schema can tell. Meaning is checked in policy/check. */
import { codeOf, Fault } from '#core/errors.ts'
import { Site } from '#schema/site.ts'
import { locate, problemAt, type Source } from './locate.ts'
import { mismatches } from './mismatch.ts'
import { inOrder, type Path, type Problem } from './problem.ts'
import { readAtMost } from './read-at-most.ts'
import { readYaml } from './yaml/read.ts'

/** Largest policy read, in bytes. */
export const maxBytes = 20 * 1024 * 1024
/** Beyond this many nobody reads on. */
const maxProblems = 200

export interface Parsed {
  /** Absent when the document is not of the right shape. */
  readonly site?: Site
  readonly problems: readonly Problem[]
  readonly source: Source
  /** The document as it was written, for what can be said about one with problems. */
  readonly raw: unknown
}

const unreadable = (file: string, text: string, message: string, expected: string): Parsed => ({
  problems: [{ file, line: 1, column: 1, path: [], code: 'not-text', severity: 'error', message, expected }],
  source: locate(file, text, undefined, new WeakMap()),
  raw: undefined,
})

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What an editor of Windows writes besides UTF-8, by how the bytes begin and where the first is that UTF-8 cannot have. */
const notText = (document: string | Uint8Array): string => {
  if (typeof document === 'string') return 'this is not a text file'
  const [first, second] = document
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'this text is in UTF-16 ("Unicode" in Windows editors): save it as UTF-8'
  if (document.includes(0) || decode(document) !== undefined) return 'this is not a text file'
  const lines = Buffer.from(document).toString('utf8').split('\n')
  const line = lines.findIndex((text) => text.includes('\ufffd')) + 1
  return `a character in line ${line} is not in UTF-8 (perhaps "ANSI" in Windows editors): save the file as UTF-8`
}

const noName = { code: 'invalid-name', part: 'key', message: '`__proto__` cannot be a name' } as const

/** Places of the one name that the schema leaves out without a word. */
const nameless = (value: unknown, above: Path = []): readonly Path[] =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? []
    : Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
        key === '__proto__' ? [[...above, key]] : nameless(inner, [...above, key]),
      )

/**
 * Reads a policy document, without touching what its names refer to.
 * @param document text, or bytes that must be UTF-8, of at most {@link maxBytes}
 * @param file name used in problems
 * @returns every problem found; never throws, whatever the document
 */
export const parsePolicy = (document: string | Uint8Array, file = 'policy'): Parsed => {
  if (document.length > maxBytes)
    return unreadable(file, '', 'the policy is larger than 20 MB', 'a YAML document of at most 20 MB')
  const text = typeof document === 'string' ? document : decode(document)
  // oxlint-disable-next-line no-control-regex -- looking for exactly these
  if (text === undefined || /[\0-\x08\x0e-\x1f]/.test(text))
    return unreadable(file, '', notText(document), 'a YAML document in UTF-8')
  const { value, marks, faults } = readYaml(text)
  const source = locate(file, text, value, marks)
  const yaml = faults.map(({ offset, code, message }): Problem => ({
    file,
    ...source.offset(offset),
    path: [],
    code,
    severity: 'error',
    message,
  }))
  if (value === undefined) return { problems: inOrder(yaml), source, raw: undefined }
  if (value === null)
    return unreadable(
      file,
      text,
      'the policy is empty',
      'at least `version`, `site`, `edges` and `zones`; see docs/policy.md',
    )
  const result = Site.safeParse(value, { reportInput: true })
  if (!result.success) {
    const found = mismatches(Site, result.error.issues, value).map((each) => problemAt(source, each))
    return { problems: limited(inOrder([...yaml, ...found])), source, raw: value }
  }
  const problems = [...yaml, ...nameless(value).map((path) => problemAt(source, { path, ...noName }))]
  return {
    ...(problems.length === 0 ? { site: result.data } : {}),
    problems: limited(inOrder(problems)),
    source,
    raw: value,
  }
}

const limited = (problems: readonly Problem[]): readonly Problem[] => {
  const last = problems[maxProblems]
  if (last === undefined) return problems
  const more = problems.length - maxProblems
  return [
    ...problems.slice(0, maxProblems),
    { ...last, code: 'too-many', message: `and ${more} more problem${more === 1 ? '' : 's'} from here on` },
  ]
}

/**
 * Reads a policy file; `-` is standard input.
 * @throws Fault `file-unreadable` when there is no such file or it cannot be read
 */
export const readPolicy = (file: string): Parsed => {
  try {
    const [from, name] = file === '-' ? [0, 'stdin'] : [file, file]
    const bytes = readAtMost(from, maxBytes)
    if (bytes === undefined)
      return unreadable(name, '', 'the policy is larger than 20 MB', 'a YAML document of at most 20 MB')
    return parsePolicy(bytes, name)
  } catch (error) {
    const code = codeOf(error) ?? ''
    const why =
      {
        ENOENT: 'there is no such file',
        EACCES: 'permission denied',
        EISDIR: 'it is a directory',
        ENOTDIR: 'a part of the path is not a directory',
        ELOOP: 'its links lead in a circle',
        ENAMETOOLONG: 'its name is too long',
      }[code] ?? String(error)
    throw new Fault('file-unreadable', `Cannot read the policy ${file}: ${why}`)
  }
}
