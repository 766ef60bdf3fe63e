import { type Command, CommanderError } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import { legible, legibleLines } from '#core/legible.ts'
import { examplesOf, pathOf } from './command.ts'
import { faultOf, traceOf } from './failure.ts'
import { isGroup } from './groups.ts'
import { paint, toJson } from './output.ts'
import { createProgram } from './program.ts'
import { usageSentence } from './usage.ts'

/** The words before `--`: what follows belongs to somebody else's command. */
const ownWords = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

const load = async (argv: readonly string[]): Promise<Command> => {
  const words = ownWords(argv).filter((word) => !word.startsWith('-'))
  const name = words[0] === 'help' ? words[1] : words[0]
  return createProgram(name !== undefined && isGroup(name) ? [name] : [])
}

/** The command that the words lead to, as far as they lead. */
const reached = (program: Command, argv: readonly string[]): Command => {
  let command = program
  for (const word of ownWords(argv).filter((candidate) => !candidate.startsWith('-'))) {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (next === undefined) return command
    command = next
  }
  return command
}

/** Whatever a command cannot do without and was not given, in the order of its command line: commander names one at a time. */
const lackedBy = (command: Command): string[] => {
  const options = command.opts()
  return [
    ...command.registeredArguments
      .filter(({ required }, index) => required && index >= command.args.length)
      .map((argument) => `<${argument.name()}>`),
    ...command.options
      .filter((option) => option.mandatory && options[option.attributeName()] === undefined)
      .map((option) => option.long ?? option.flags),
  ]
}

const lackSentence = (lacked: readonly string[]): string =>
  lacked.length === 1
    ? `${lacked[0] ?? ''} is missing.`
    : `${lacked.slice(0, -1).join(', ')} and ${lacked.at(-1) ?? ''} are missing.`

const lackCodes: readonly string[] = ['commander.missingArgument', 'commander.missingMandatoryOptionValue']

const usageFault = (error: CommanderError, program: Command, argv: readonly string[]): Fault => {
  const command = reached(program, argv)
  const line = pathOf(command).join(' ')
  const help = `Run \`${line} --help\` to see what it takes.`
  const lacked = lackCodes.includes(error.code) ? lackedBy(command) : []
  const [example] = examplesOf(command)
  if (lacked.length > 0 && example !== undefined)
    return new Fault('usage', lackSentence(lacked), { advice: `For example: ${example[0]}\n${help}` })
  const what = error.code === 'commander.help' ? `\`${line}\` needs a command after it.` : usageSentence(error.message)
  return new Fault('usage', what, { advice: help })
}

/**
 * One sentence, its details, and what to do: on standard error, or as one JSON object on standard output.
 * @param depth how many words name the command; the group alone where nobody has looked
 */
export const report = (error: unknown, argv: readonly string[], depth = 1): number => {
  const fault = faultOf(error, argv, depth)
  if (ownWords(argv).includes('--json')) process.stdout.write(`${toJson({ error: fault })}\n`)
  else {
    const details = fault.details.map((detail) => `  ${legibleLines(detail).replaceAll('\n', '\n    ')}\n`).join('')
    const prefix = paint(process.stderr, ['bold', 'red'], 'bulkhead:')
    const sentence = /[.?!…]$/.test(fault.message) ? fault.message : `${fault.message}.`
    process.stderr.write(`${prefix} ${legible(sentence)}\n${details}${legibleLines(fault.advice)}\n`)
  }
  if (process.env['BULKHEAD_DEBUG'] === '1') process.stderr.write(`${traceOf(fault)}\n`)
  return fault.exit
}

/**
 * Runs one command line (without `node` and the script).
 * @returns the exit code; an action that ends without an error may set process.exitCode itself
 */
export const run = async (argv: readonly string[]): Promise<number> => {
  let program: Command | undefined
  try {
    program = await load(argv)
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (program === undefined) return report(error, argv)
    if (!(error instanceof CommanderError)) return report(error, argv, pathOf(reached(program, argv)).length - 1)
    if (error.exitCode === 0) return exitCodes.ok
    // commander has just printed the help of a command that needs another word after it
    if (error.code === 'commander.help' && !ownWords(argv).includes('--json')) return exitCodes.usage
    return report(usageFault(error, program, argv), argv)
  }
  return Number(process.exitCode ?? exitCodes.ok)
}
