import { type Command, Option } from 'commander'
import type { Inventory } from '#discover/model.ts'
import { examples, outputOf } from '../command.ts'
import { plural, type Output } from '../output.ts'
import { legible } from '#core/legible.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { readState, stateArgument } from './state.ts'

type Question = Inventory['questions'][number]

const asks = ['owner', 'kind', 'level', 'criticality', 'zone'] as const

/** Questions of one sort before the rest is only counted; --all shows them. */
const shownRows = 20

/** By what is asked: who knows one of them mostly knows the others of its sort. */
const questionsText = (output: Output, questions: readonly Question[], state: string, all: boolean): string => {
  if (questions.length === 0) return 'no questions: everything that only a person can say was said'
  const sections = asks.flatMap((ask) => {
    const own = questions.filter((question) => question.ask === ask)
    if (own.length === 0) return []
    const shown = all ? own : own.slice(0, shownRows)
    return [
      `${output.paint('bold', ask)} (${own.length})`,
      ...shown.map(({ text }) => `  ${legible(text)}`),
      ...(own.length > shown.length ? [`  and ${own.length - shown.length} more; --all shows them`] : []),
      '',
    ]
  })
  return [
    ...sections,
    `${plural(questions.length, 'question')}. Answer one: bulkhead assets set ${state} ${questions[0]?.device ?? ''} --owner …`,
    `Or many in a spreadsheet: bulkhead assets export ${state} > assets.csv, then bulkhead assets import ${state} assets.csv`,
  ].join('\n')
}

export const registerQuestions = (assets: Command): void => {
  const questions = assets
    .command('questions')
    .description('list what only a person can say: owners, and what is not certain')
    .addArgument(stateArgument())
    .addOption(new Option('--ask <what>', 'only questions of this sort').choices(asks))
    .option('--all', 'every question, however many')
    .action((path: string, { ask, all }: { ask?: string; all?: boolean }, command: Command) => {
      const output = outputOf(command)
      const found = readState(path).inventory.questions.filter((question) => ask === undefined || question.ask === ask)
      output.result(found, () => questionsText(output, found, path, all === true))
    })
  examples(
    questions,
    ['bulkhead assets questions plant', 'what do we have to find out?'],
    ['bulkhead assets questions plant --ask kind', 'which devices are not certain?'],
  )
  exitCodesText(questions, [0, 'listed, also when there are none'], [1, 'nothing was discovered there'])
}
