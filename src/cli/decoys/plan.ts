import { type Command, InvalidArgumentError } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { exitCodesText, policyFile } from '../policy/arguments.ts'

interface Options {
  readonly edge?: string
  readonly sources: number
  readonly epoch: number
  readonly runs: number
  readonly seed?: Uint8Array
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`)
  }

const seedOf = (text: string): Uint8Array => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  throw new InvalidArgumentError('It takes 64 hexadecimal digits.')
}

export const registerPlan = (decoys: Command): void => {
  const command = decoys
    .command('plan')
    .description(
      'show where the decoys of a policy would stand and what they are worth against a scan, without an edge',
    )
    .addArgument(policyFile())
    .option('--edge <name>', 'edge of the policy; may be left out where there is only one')
    .option('--sources <number>', 'simulated scanners, each lost at its first decoy', whole(1, 1000), 5)
    .option('--epoch <number>', 'after how many movements', whole(0, 2 ** 31), 0)
    .option('--runs <number>', 'how often the simulation is run', whole(1, 1_000_000), 10_000)
    .option('--seed <hex>', 'secret of the site, 64 hexadecimal digits; all zeros when absent', seedOf)
    .action(async (file: string, options: Options, self: Command) => {
      const { loadPolicy } = await import('#policy/load.ts')
      const { planOf } = await import('../policy/plan-of.ts')
      const { planned, plannedText } = await import('./planned.ts')
      const output = outputOf(self)
      const { site } = loadPolicy(file)
      const { name, plan } = planOf(site, options.edge)
      if (plan.decoys === undefined || plan.decoys.pools.length === 0)
        throw new Fault('not-found', `The policy has no decoys on edge \`${name}\`.`, {
          advice: 'Write a pool under `decoys:` whose zone is behind this edge; docs/deception.md says how.',
        })
      const found = planned(plan.decoys, { ...options, seed: options.seed ?? new Uint8Array(32) })
      output.result({ site: site.site, edge: name, ...found }, () => plannedText(output, found))
      if (options.seed === undefined)
        output.note(
          'bulkhead: a running edge has a secret seed of its own: addresses and names differ there, figures do not.',
        )
    })
  examples(
    command,
    ['bulkhead decoys plan site.yaml --edge cell-1-edge', 'are these decoys enough, and what is to be changed?'],
    ['bulkhead decoys plan site.yaml --edge cell-1-edge --sources 20', 'what do twenty sacrificed sources find?'],
    ['bulkhead decoys plan --json site.yaml | jq .reached', 'for a script'],
  )
  exitCodesText(
    command,
    [0, 'shown, whatever the figures are'],
    [1, 'the policy has no decoys on this edge'],
    [2, 'the file cannot be read, or there is no such edge'],
    [3, 'the policy has errors'],
  )
}
