import { type Command, InvalidArgumentError } from 'commander'
import { examples, outputOf } from '../command.ts'
import { address, duration, reasonText } from './values.ts'
import { ask, who, withTarget } from './connection.ts'
import { orderText } from './report-view.ts'
import { permitColumns } from './status-view.ts'

interface PermitOptions {
  readonly from: string
  readonly to: string
  readonly service: string
  readonly for: string
  readonly mac?: string
  readonly riskBelow?: number
  readonly reason: string
}

const score = (text: string): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= 100) return value
  throw new InvalidArgumentError('It takes a number from 1 to 100.')
}

const registerPermit = (edge: Command): void => {
  const permit = withTarget(edge.command('permit'))
    .description(
      'permit a service between two addresses, with all its commands, for a limited time; the kernel ends it',
    )
    .requiredOption('--from <ip>', 'address that may ask', address)
    .requiredOption('--to <ip>', 'address that may be asked', address)
    .requiredOption('--service <service>', 'protocol such as modbus, or tcp/502, udp/161')
    .requiredOption('--for <duration>', 'how long', duration)
    .option('--mac <mac>', 'only from this Ethernet address')
    .option(
      '--risk-below <score>',
      'it ends when the risk of --from, as the manager scores it, is not below this',
      score,
    )
    .requiredOption('--reason <text>', 'why; it becomes part of the record', reasonText)
    .action(async ({ from, to, service, for: length, mac, riskBelow, reason }: PermitOptions, command: Command) => {
      const asks = riskBelow === undefined ? {} : { 'risk-below': riskBelow }
      const body = { from, to, service, for: length, reason, by: who(), ...(mac !== undefined && { mac }), ...asks }
      const report = await ask(command, 'permit', body)
      outputOf(command).result(report, () => `${orderText(report)}\nUndo: bulkhead edge revoke ${report.id}`)
    })
  examples(permit, [
    'bulkhead edge permit --from 198.18.1.72 --to 198.18.1.10 --service s7comm --for 2h --reason "vendor on site"',
    'let an engineer in for two hours',
  ])
}

const registerPermits = (edge: Command): void => {
  const permits = withTarget(edge.command('permits'))
    .description('list temporary permits')
    .action(async (_options: object, command: Command) => {
      const output = outputOf(command)
      const found = await ask(command, 'permits', {})
      const columns = permitColumns({ now: Date.now(), rows: Infinity })
      output.result(found, () => output.table(found, columns, 'no temporary permits'))
    })
  examples(permits, ['bulkhead edge permits', 'who is let in right now, by whom and why?'])
}

const registerRevoke = (edge: Command): void => {
  const revoke = withTarget(edge.command('revoke'))
    .description('end a temporary permit now, in both directions')
    .argument('<id>', 'as `bulkhead edge permits` shows it')
    .action(async (id: string, _options: object, command: Command) => {
      const report = await ask(command, 'revoke', { id, by: who() })
      outputOf(command).result(report, () => orderText(report))
    })
  examples(revoke, ['bulkhead edge revoke 01KAJ3Q4V8', 'the work is done early'])
}

export const registerPermitCommands = (edge: Command): void => {
  registerPermit(edge)
  registerPermits(edge)
  registerRevoke(edge)
}
