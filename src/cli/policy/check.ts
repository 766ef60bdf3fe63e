import type { Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { exitCodesText, policyFile } from './arguments.ts'

export const registerCheck = (policy: Command): void => {
  const command = policy
    .command('check')
    .description('find everything that is wrong or doubtful in a policy, with its line')
    .addArgument(policyFile())
    .option('--strict', 'take warnings for errors')
    .action(async (file: string, options: { strict?: boolean }, self: Command) => {
      const { examinePolicy } = await import('#policy/load.ts')
      const { isError } = await import('#policy/problem.ts')
      const { counted, countText, problemLines } = await import('#policy/report.ts')
      const output = outputOf(self)
      const { problems, source, site } = examinePolicy(file)
      const ok = site !== undefined && !problems.some(isError) && (options.strict !== true || problems.length === 0)
      const style = { excerpt: output.terminal, colour: output.paint('red', 'x') !== 'x' }
      output.result({ ok, file: source.file, problems }, () =>
        [
          ...problems.map((problem) => problemLines(problem, source, style)),
          problems.length === 0
            ? `${source.file}: no problems: ${counted(site?.conduits.length ?? 0, 'conduit')}, ${counted(Object.keys(site?.assets ?? {}).length, 'asset')}, ${counted(Object.keys(site?.zones ?? {}).length, 'zone')}`
            : `${source.file}: ${countText(problems) ?? ''}`,
        ].join('\n'),
      )
      if (!ok) process.exitCode = exitCodes.policy
    })
  examples(
    command,
    ['bulkhead policy check site.yaml', 'name every problem with its line'],
    ['bulkhead policy check --strict site.yaml', 'in a pipeline: warnings fail too'],
    ['bulkhead policy check --json site.yaml', 'for an editor'],
  )
  exitCodesText(
    command,
    [0, 'no errors (with --strict: no warnings either)'],
    [2, 'the file cannot be read'],
    [3, 'the policy has errors'],
  )
}
