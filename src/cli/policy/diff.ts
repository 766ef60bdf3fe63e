import { Argument, type Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { exitCodesText } from './arguments.ts'

export const registerDiff = (policy: Command): void => {
  const command = policy
    .command('diff')
    .description('say what changes between two policies: who may newly talk to whom, and who no longer may')
    .addArgument(new Argument('<before>', 'site policy (YAML) as it is'))
    .addArgument(new Argument('<after>', 'site policy as it would be'))
    .option('--all', 'show every line, however many')
    .option('--exit-code', 'exit with 1 when there is a difference')
    .action(async (before: string, after: string, options: { all?: boolean; exitCode?: boolean }, self: Command) => {
      const { diffPolicies, isSamePolicy } = await import('#policy/diff.ts')
      const { loadPolicy } = await import('#policy/load.ts')
      const { differenceText } = await import('./diff-text.ts')
      const output = outputOf(self)
      const difference = diffPolicies(loadPolicy(before).site, loadPolicy(after).site)
      output.result({ same: isSamePolicy(difference), ...difference }, () =>
        differenceText(output, difference, options.all === true),
      )
      if (options.exitCode === true && !isSamePolicy(difference)) process.exitCode = exitCodes.failed
    })
  examples(
    command,
    ['bulkhead policy diff running.yaml site.yaml', 'what would change?'],
    ['bulkhead policy diff --exit-code running.yaml site.yaml', 'in a pipeline: fail on any change'],
  )
  exitCodesText(
    command,
    [0, 'done'],
    [1, 'with --exit-code: they differ'],
    [2, 'a file cannot be read'],
    [3, 'a policy has errors'],
  )
}
