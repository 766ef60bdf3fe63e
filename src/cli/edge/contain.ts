import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { address, duration, reasonText } from './values.ts'
import { ask, who, withTarget } from './connection.ts'
import { orderText } from './report-view.ts'

export const registerContain = (edge: Command): void => {
  const contain = withTarget(edge.command('contain'))
    .description('stop everything from an address')
    .argument('<ip>', 'its IPv4 or IPv6 address', address)
    .option('--for <duration>', 'how long', duration, '1h')
    .requiredOption('--reason <text>', 'why; it becomes part of the record', reasonText)
    .action(async (ip: string, options: { for: string; reason: string }, command: Command) => {
      const output = outputOf(command)
      const report = await ask(command, 'contain', { ip, for: options.for, reason: options.reason, by: who() })
      output.result(report, () => `${orderText(report)}\nUndo: bulkhead edge release ${ip}`)
    })
  examples(contain, [
    'bulkhead edge contain 198.18.1.40 --for 8h --reason "unknown laptop, ticket 4711"',
    'cut a device off, at once and for a limited time',
  ])

  const release = withTarget(edge.command('release'))
    .description('undo a containment')
    .argument('<ip>', 'the contained address', address)
    .option('--reason <text>', 'why', reasonText, 'released by hand')
    .action(async (ip: string, { reason }: { reason: string }, command: Command) => {
      const report = await ask(command, 'release', { ip, reason, by: who() })
      outputOf(command).result(report, () => orderText(report))
    })
  examples(release, ['bulkhead edge release 198.18.1.40', 'it was contained wrongly'])
}
