import { Argument, Option } from 'commander'
import { exitCodes, Fault } from '#core/errors.ts'
import type { Result } from '#discover/simulate/index.ts'
import { examples, outputOf, type Register } from './command.ts'
import { exitCodesText } from './policy/arguments.ts'
import { liveResult } from './simulate/live.ts'
import { liveText } from './simulate/live-text.ts'
import { simulateFiles } from './simulate/recorded.ts'
import { resultText } from './simulate/text.ts'

interface Options {
  readonly policy?: string
  readonly edge?: string
  readonly against?: string
  readonly live?: string
  readonly modes: Result['modes']
  readonly vlans: 'recorded' | 'policy'
  readonly failOnDenied?: 'essential' | 'any'
  readonly all?: boolean
}

const usage = (what: string, advice: string): never => {
  throw new Fault('usage', what, { advice })
}

/** What a run ends with: what is denied counts, of what is compared what is newly denied. */
const isFailed = ({ summary }: Result, wanted: Options['failOnDenied'], compared: boolean): boolean => {
  if (wanted === undefined) return false
  if (wanted === 'essential') return summary.essential > 0
  return compared ? summary.newlyDenied + summary.commandsNewlyDenied > 0 : summary.denied + summary.commandsDenied > 0
}

export const register: Register = (program) => {
  const command = program
    .command('simulate')
    .description('say what a policy would deny of recorded traffic, before it is enforced')
    .addArgument(
      new Argument('[sources...]', 'captures, also compressed with gzip, and folders of them; - is standard input'),
    )
    .option('--policy <file>', 'site policy to judge by')
    .option('--edge <name>', 'edge of the policy; may be left out where there is only one')
    .option('--against <file>', 'running policy: what is newly denied, and newly permitted, is told first')
    .addOption(
      new Option('--modes <which>', 'zones as if they were enforced, or in the modes that they have')
        .choices(['enforced', 'as-written'])
        .default('enforced'),
    )
    .addOption(
      new Option('--vlans <which>', 'VLANs as recorded, or those that the policy has for the ends')
        .choices(['recorded', 'policy'])
        .default('recorded'),
    )
    .addOption(
      new Option(
        '--fail-on-denied <what>',
        'exit with 1 when something is denied: of essential conduits, or anything',
      ).choices(['essential', 'any']),
    )
    .option(
      '--live <edge>',
      'what a running edge has found in shadow: edge:, edge:NAME or edge:SOCKET, in place of captures',
    )
    .option('--all', 'every row, also of what is permitted')
    .action(async (sources: readonly string[], options: Options) => {
      const output = outputOf(command)
      const { policy, live, against, failOnDenied, all = false } = options
      if (live !== undefined) {
        if (policy !== undefined || against !== undefined || sources.length > 0)
          usage(
            '--live shows what a running edge has found by its own policy.',
            'Leave --policy, --against and captures out, or leave --live out.',
          )
        const found = await liveResult(live, options.edge)
        output.result(found, () => liveText(output, found, all))
        const { packets, commands, essential } = found.summary
        if (failOnDenied === 'essential' ? essential > 0 : failOnDenied === 'any' && packets + commands > 0)
          process.exitCode = exitCodes.failed
        return
      }
      if (policy === undefined) usage('There is no policy to simulate.', 'Name one with --policy FILE.')
      if (sources.length === 0) usage('There is nothing to simulate it on.', 'Name captures, or folders of them.')
      const { edge, modes, vlans } = options
      const result = await simulateFiles(sources, {
        policy: policy ?? '',
        edge,
        against,
        modes,
        vlansOfPolicy: vlans === 'policy',
      })
      const compared = against !== undefined
      output.result(result, () => resultText(output, result, { compared, all }))
      if (result.packets.judged === 0)
        output.note(
          'bulkhead: nothing was judged: no frame of these captures crosses this edge. Are the addresses those of the policy?',
        )
      // What was not tried proves nothing.
      const untried = failOnDenied !== undefined && result.packets.judged === 0
      if (untried || isFailed(result, failOnDenied, compared)) process.exitCode = exitCodes.failed
    })
  examples(
    command,
    ['bulkhead simulate --policy site.yaml week-12/', 'what would this policy have denied of a recorded week?'],
    [
      'bulkhead simulate --policy new.yaml --against site.yaml --edge cell-1-edge line1.pcap.gz',
      'what would change for this traffic?',
    ],
    [
      'bulkhead simulate --policy site.yaml --fail-on-denied essential --json line1.pcap',
      'for a script: fail when production would stop',
    ],
    ['bulkhead simulate --live edge:', 'what would the edge of this machine have denied so far, had it enforced?'],
  )
  exitCodesText(
    command,
    [0, 'simulated; nothing is denied that --fail-on-denied asks about'],
    [1, 'with --fail-on-denied: something is, or nothing was judged'],
    [2, 'a file cannot be read, or there is no such edge'],
    [3, 'a policy has errors'],
    [5, 'with --live: no edge answers'],
  )
}
