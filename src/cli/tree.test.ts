import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { examplesOf, pathOf } from './command.ts'
import { groupNames, groups } from './groups.ts'
import { createWholeProgram } from './program.ts'

const program = await createWholeProgram()
const walk = (command: Command): Command[] => [command, ...command.commands.flatMap(walk)]
const commands = walk(program)

/** Flags that the command takes, its own and those of the commands above it. */
const flagsOf = (command: Command): string[] => {
  const own = ['--help', '-h', ...command.options.flatMap((option) => [option.short, option.long])]
  return [...own, ...(command.parent === null ? [] : flagsOf(command.parent))].filter((flag) => flag != null)
}

/** The flags typed in an example: not those behind `--`, which belong to another command, nor those after a pipe. */
const flagsIn = (line: string): string[] =>
  (line.split(/ -- | [|>] /)[0] ?? '')
    .split(/\s+/)
    .filter((word) => /^--?[a-z]/i.test(word))
    .map((word) => word.replace(/[=)].*/, ''))

for (const command of commands) {
  const line = pathOf(command).join(' ')

  test(`${line} says what it does, and so does each argument and option`, () => {
    assert.match(command.description(), /^\S.+\S$/, 'a description on one line')
    for (const option of command.options) assert.ok(option.description, `${option.flags} has no description`)
    for (const argument of command.registeredArguments)
      assert.ok(argument.description, `<${argument.name()}> has no description`)
  })

  test(`${line} has an example that uses it, with options that exist`, () => {
    const examples = examplesOf(command)
    assert.ok(examples.length > 0, 'examples(command, [line, purpose]) is missing')
    for (const [example, purpose] of examples) {
      assert.ok(example.includes(line), `"${example}" does not use ${line}`)
      assert.ok(purpose.length > 0, `"${example}" has no purpose`)
      const target = commands
        .filter((candidate) => `${example.replaceAll(/[()]/g, ' ')} `.includes(`${pathOf(candidate).join(' ')} `))
        .at(-1)
      for (const flag of flagsIn(example))
        assert.ok(target !== undefined && flagsOf(target).includes(flag), `"${example}": ${flag} does not exist`)
    }
  })

  test(`${line} leaves --json to the whole program`, () => {
    const own = command.options.some((option) => option.long === '--json')
    assert.equal(own, command === program)
  })
}

/** As a terminal of 80 columns shows it, without command lines, which stay whole to be copied. */
const helpOf = (command: Command): string => {
  let text = ''
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text.replace(/^ {2}(#|bulkhead|source) .*$/gm, '')
}

for (const command of commands)
  test(`help of ${pathOf(command).join(' ')} fits a terminal of 80 columns, and says what must be there`, () => {
    const help = helpOf(command)
    const wide = help.split('\n').filter((line) => line.length > 80)
    assert.deepEqual(wide, [])
    const options = help.slice(help.indexOf('\nOptions:')).replaceAll(/\s+/g, ' ')
    for (const { long, flags, description, mandatory } of command.options)
      if (mandatory) assert.ok(options.includes(`${flags} ${description} (`), `${long} is marked as required`)
    assert.ok(!/default: (false|\[\])/.test(options), 'what nothing is by default is not worth a word')
  })

for (const name of groupNames)
  test(`the list of commands describes ${name} as ${name} describes itself`, () => {
    assert.equal(program.commands.find((command) => command.name() === name)?.description(), groups[name].summary)
  })
