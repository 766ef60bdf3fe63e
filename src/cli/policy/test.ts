import type { Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { exitCodesText, policyFile } from './arguments.ts'

export const registerTest = (policy: Command): void => {
  const command = policy
    .command('test')
    .description('run the tests that a policy contains')
    .addArgument(policyFile())
    .action(async (file: string, _options: object, self: Command) => {
      const { loadPolicy } = await import('#policy/load.ts')
      const { failureLines, runTests } = await import('#policy/test.ts')
      const output = outputOf(self)
      const { site, source } = loadPolicy(file)
      const results = runTests(site, source)
      const failed = results.filter(({ ok }) => !ok)
      output.result(
        {
          ok: failed.length === 0,
          file: source.file,
          passed: results.length - failed.length,
          failed: failed.length,
          results,
        },
        () =>
          [
            ...failed.map((result) => failureLines(source.file, result)),
            results.length === 0
              ? `${source.file}: no tests; add some under \`tests:\``
              : `${source.file}: ${results.length - failed.length} of ${results.length} tests pass`,
          ].join('\n'),
      )
      if (failed.length > 0) process.exitCode = exitCodes.policy
    })
  examples(
    command,
    ['bulkhead policy test site.yaml', 'does it permit and deny what it should?'],
    ['bulkhead policy test --json site.yaml', 'with every step that led to each result'],
  )
  exitCodesText(
    command,
    [0, 'all tests pass'],
    [2, 'the file cannot be read'],
    [3, 'a test fails, or the policy has errors'],
  )
}
