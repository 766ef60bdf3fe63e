import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { exitCodesText, policyFile } from './arguments.ts'

export const registerCompile = (policy: Command): void => {
  const command = policy
    .command('compile')
    .description('print what the kernel of an edge would load: nft text, or the plan with --json')
    .addArgument(policyFile())
    .option('--edge <name>', 'edge to compile for; may be left out where there is only one')
    .action(async (file: string, options: { edge?: string }, self: Command) => {
      const { needsInspection } = await import('#policy/compile.ts')
      const { loadPolicy } = await import('#policy/load.ts')
      const { ruleset } = await import('#policy/nft/ruleset.ts')
      const { planOf } = await import('./plan-of.ts')
      const output = outputOf(self)
      const { site } = loadPolicy(file)
      const { plan } = planOf(site, options.edge)
      const inspected = needsInspection(plan).map(({ id }) => id)
      if (inspected.length > 0 && !output.json)
        output.note(`bulkhead: not in this text, because their commands must be inspected: ${inspected.join(', ')}`)
      output.result(plan, () => {
        const { prepare, flip } = ruleset(plan, { generation: 1 })
        return [...prepare.map((text, i) => `# transaction ${i + 1}\n${text}`), `# flip\n${flip}`].join('\n')
      })
    })
  examples(
    command,
    ['bulkhead policy compile site.yaml --edge cell-1-edge', 'read what will be enforced'],
    ['bulkhead policy compile --json site.yaml --edge cell-1-edge', 'the plan as data'],
  )
  exitCodesText(
    command,
    [0, 'done'],
    [2, 'the file cannot be read, or there is no such edge'],
    [3, 'the policy has errors'],
  )
}
