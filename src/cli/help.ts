import { Argument, type Command } from 'commander'
import { catalogue, type ExitName, exitCodes, Fault } from '#core/errors.ts'
import { examples, outputOf, pathOf } from './command.ts'
import type { Output } from './output.ts'

/** What a script can conclude from each exit code. The type makes a new code without a meaning fail `npm run check`. */
const exitMeanings: Record<ExitName, string> = {
  ok: 'done; the answer is yes',
  failed: 'the command was understood and did not succeed, or the answer is no',
  usage: 'wrong option, argument or file; nothing was done',
  policy: 'the policy is invalid or its tests fail; nothing was applied',
  environment: 'this machine lacks something: privileges, a kernel feature, a package, an interface, disk space',
  unavailable: 'the edge or the manager does not answer',
  busy: 'somebody else holds it, such as another daemon on this bridge; or too much was asked at once',
  refused: 'possible, but refused for safety; the sentence says why',
}

const isExitName = (name: string): name is ExitName => Object.hasOwn(exitCodes, name)

export type ExitRow = { code: number; name: ExitName; meaning: string; errors: string[] }

/** The exit codes with the error codes that lead to each, from the catalogue itself. */
export const exitTable = (): ExitRow[] =>
  Object.keys(exitCodes)
    .filter(isExitName)
    .map((name) => ({
      code: exitCodes[name],
      name,
      meaning: exitMeanings[name],
      errors: Object.entries(catalogue)
        .filter(([, entry]) => entry.exit === name)
        .map(([error]) => error),
    }))

const printExitCodes = (output: Output): void =>
  output.result(exitTable(), () =>
    [
      'Exit codes of every bulkhead command:',
      '',
      ...exitTable().map(({ code, meaning, errors }) =>
        [`  ${code}  ${meaning}`, ...(errors.length > 0 ? [`     ${errors.join(', ')}`] : [])].join('\n'),
      ),
      '',
      'The words under a code are the `error.code` that --json prints.',
    ].join('\n'),
  )

const topics: Record<string, (output: Output) => void> = { 'exit-codes': printExitCodes }

/** `bulkhead help [command or topic]`. */
export const registerHelp = (program: Command): void => {
  const help = program
    .command('help')
    .description('show the help of a command, or of a topic: exit-codes')
    .addArgument(new Argument('[words...]', 'a command such as `policy check`, or a topic'))
    .action((words: string[], _options: object, command: Command) => {
      const topic = words.length === 1 ? topics[words[0]!] : undefined
      if (topic !== undefined) return topic(outputOf(command))
      let target = program
      for (const word of words) {
        const next = target.commands.find((candidate) => candidate.name() === word)
        if (next === undefined)
          throw new Fault('usage', `There is no command or help topic \`${words.join(' ')}\`.`, {
            advice: `Run \`${pathOf(target).join(' ')} --help\` for its commands; topics of \`bulkhead help\`: ${Object.keys(topics).join(', ')}.`,
          })
        target = next
      }
      target.outputHelp()
    })
  examples(
    help,
    ['bulkhead help policy check', 'how is this command used?'],
    ['bulkhead help exit-codes', 'what does exit code 4 mean?'],
  )
}
