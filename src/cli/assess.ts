import { Argument, Option } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { severities } from '#discover/model.ts'
import { assessedPlant, timezoneOf } from './assess/plant.ts'
import { assessmentText } from './assess/text.ts'
import { examples, outputOf, type Register } from './command.ts'
import { screen } from './output.ts'
import { exitCodesText } from './policy/arguments.ts'

interface Options {
  readonly all?: boolean
  readonly timezone?: string
  readonly failOn?: (typeof severities)[number]
}

export const register: Register = (program) => {
  const command = program
    .command('assess')
    .description('exposure and risk of a discovered plant, ranked, each with its evidence and next step')
    .addArgument(new Argument('<state>', 'folder that `bulkhead discover -o` wrote'))
    .option('--all', 'every finding, not the first twenty alone')
    .option('--timezone <name>', "the plant's, e.g. Europe/Berlin: its shifts follow from it (default: this machine's)")
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 when a finding is at least so severe').choices(severities),
    )
    .action((state: string, { all = false, timezone, failOn }: Options) => {
      const output = outputOf(command)
      const plant = assessedPlant(state, timezoneOf(timezone))
      const { findings, signs, exposure, baseline, advisories } = plant
      output.result({ findings, signs, exposure, baseline, advisories }, () =>
        assessmentText(output, plant, all, output.terminal ? screen().columns : undefined),
      )
      const limit = failOn === undefined ? -1 : severities.indexOf(failOn)
      if (findings.some(({ severity }) => severities.indexOf(severity) <= limit)) process.exitCode = exitCodes.failed
    })
  examples(
    command,
    ['bulkhead assess plant', 'what is exposed, what could it do, and what comes first?'],
    ['bulkhead assess plant --json', 'the same for a program, with every packet that shows it'],
    ['bulkhead assess plant --fail-on critical', 'for a script: fail when something must not wait'],
  )
  exitCodesText(
    command,
    [0, 'assessed; nothing is as severe as --fail-on says'],
    [1, 'with --fail-on: something is; or nothing was discovered there'],
    [2, 'an option is wrong'],
  )
}
