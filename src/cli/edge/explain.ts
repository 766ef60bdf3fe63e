import type { Command } from 'commander'
import type { Answers } from '#edge/operations.ts'
import { examples, outputOf } from '../command.ts'
import type { Output } from '../output.ts'
import { ask, withTarget } from './connection.ts'
import { legible } from '#core/legible.ts'

interface ExplainOptions {
  readonly from: string
  readonly to: string
  readonly service: string
  readonly op?: string
}

const verdictStyle = (verdict: string) => (verdict === 'permit' ? 'green' : 'red')

export const explainText = ({ verdict, reason, text, trace }: Answers['explain'], output: Output): string => {
  const head = `${output.paint(['bold', verdictStyle(verdict)], verdict.toUpperCase())}  (${reason})`
  const steps = output.table(trace, [
    { title: 'CHECK', cell: ({ check }) => check },
    { title: 'RESULT', cell: ({ result }) => result },
  ])
  return [`${head}\n${text.split('\n').map(legible).join('\n')}`, ...(trace.length === 0 ? [] : [steps])].join('\n\n')
}

export const registerExplain = (edge: Command): void => {
  const explain = withTarget(edge.command('explain'))
    .description('say what the running policy does with a conversation, and why')
    .requiredOption('--from <source>', 'asset or address that asks')
    .requiredOption('--to <destination>', 'asset or address that is asked')
    .requiredOption('--service <service>', 'protocol such as modbus, or tcp/502, udp/161, icmp')
    .option('--op <command>', 'one command of the protocol')
    .action(async ({ from, to, service, op }: ExplainOptions, command: Command) => {
      const output = outputOf(command)
      const answer = await ask(command, 'explain', { from, to, service, ...(op !== undefined && { op }) })
      output.result(answer, () => explainText(answer, output))
    })
  examples(
    explain,
    ['bulkhead edge explain --from hmi-1 --to plc-fill --service modbus', 'may the HMI poll this PLC, and why?'],
    ['bulkhead edge explain --from 198.18.1.40 --to plc-fill --service tcp/22', 'why does this connection not work?'],
  )
}
