/** What the documents tell people to type exists. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Command } from 'commander'
import { createWholeProgram } from './program.ts'

const root = new URL('../../', import.meta.url)
const names = [
  'README.md',
  'CONTRIBUTING.md',
  ...['docs/', 'docs/decisions/'].flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => folder + name),
  ),
]
const program = await createWholeProgram()

/** Lines of code blocks, and code within a line: what somebody would copy. */
const typed = (text: string): string[] => [
  ...[...text.matchAll(/^ {4,}(?:\.\/)?bulkhead .*$/gm)].map(([line]) => line.trim()),
  ...[...text.replaceAll(/^ {4,}.*$/gm, '').matchAll(/`(?:\.\/)?(bulkhead [^`]+)`/g)].map(([, line = '']) => line),
]

/** The words before what belongs to a shell, to another program or to the reader: `# why`, `| head`, `-- nmap`, `…`. */
const wordsOf = (line: string): string[] =>
  line
    .split(/ -- | [|>&#] ?| {2,}/)[0]!
    .replace(/^(?:\.\/)?bulkhead /, '')
    .replaceAll(/"[^"]*"/g, 'TEXT')
    .split(/\s+/)

const known = (command: Command): string[] => [
  '--help',
  '-h',
  ...command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag != null)),
  ...(command.parent === null ? [] : known(command.parent)),
]

/** What is wrong with a line, if anything. */
const faultIn = (line: string): string | undefined => {
  let command = program
  const words = wordsOf(line)
  for (const word of words) {
    if (command.commands.length === 0 || word.startsWith('-')) break
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (next === undefined) return /^[a-z][a-z-]*$/.test(word) ? `no command ${word}` : undefined
    command = next
  }
  const flags = words.flatMap((word) => /^\[?(--?[a-z][\w-]*)/.exec(word)?.[1] ?? [])
  const strange = flags.find((flag) => !known(command).includes(flag))
  return strange === undefined ? undefined : `no option ${strange}`
}

for (const name of names) {
  const text = readFileSync(new URL(name, root), 'utf8')
  describe(name, () => {
    for (const line of new Set(typed(text)))
      test(`tells of what exists: ${line}`, () => assert.equal(faultIn(line), undefined))

    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g))
      if (!target.includes('://'))
        test(`links to what is there: ${target}`, () => assert.ok(existsSync(new URL(target, new URL(name, root)))))
  })
}

/** Headings of a document, as they stand. */
const headings = (name: string): readonly string[] =>
  [...readFileSync(new URL(name, root), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)

/** Where a sentence sends its reader: `docs/edge.md, "At 3 a.m."`, in documents also as a link; the beginning of a heading is enough. */
describe('sections that are named', () => {
  const sources = globSync(['src/**/*.ts', 'lab/**/*.ts', 'scripts/*.sh', 'packaging/**/*'], { cwd: root }).filter(
    (name) => /\.(ts|sh|service|conf)$/.test(name),
  )
  for (const name of [...names, ...sources])
    for (const [, file = '', section = ''] of readFileSync(new URL(name, root), 'utf8').matchAll(
      /\b([a-z-]+\.md)(?:\]?\([^)]*\))?\)?,\s+"([A-Z][^"\n]*)"/g,
    ))
      test(`${name}: ${file}, "${section}"`, () => {
        const document = existsSync(new URL(`docs/${file}`, root)) ? `docs/${file}` : file
        assert.ok(headings(document).some((heading) => heading.startsWith(section)))
      })
})
