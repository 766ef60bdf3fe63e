import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { ask, who, withTarget } from './connection.ts'
import { appliedText, changesText } from './report-view.ts'
import { reasonText } from './values.ts'

const registerIsolate = (edge: Command): void => {
  const isolate = withTarget(edge.command('isolate'))
    .description('cut a zone off; only its essential conduits stay')
    .argument('<zone>', 'zone of the policy')
    .option('--reason <text>', 'why; it becomes part of the record', reasonText, 'isolated by hand')
    .action(async (zone: string, { reason }: { reason: string }, command: Command) => {
      const output = outputOf(command)
      const report = await ask(command, 'isolate', { zone, reason, by: who() })
      output.result(report, () =>
        [changesText(report, output, 'Changed here'), appliedText(report), `Undo: bulkhead edge rejoin ${zone}`].join(
          '\n',
        ),
      )
    })
  examples(isolate, [
    'bulkhead edge isolate cell-1 --reason "ransomware in the office network"',
    'make a cell an island',
  ])
}

const registerRejoin = (edge: Command): void => {
  const rejoin = withTarget(edge.command('rejoin'))
    .description('connect an isolated zone again')
    .argument('<zone>', 'the isolated zone')
    .action(async (zone: string, _options: object, command: Command) => {
      const output = outputOf(command)
      const report = await ask(command, 'rejoin', { zone, by: who() })
      output.result(report, () => `${changesText(report, output, 'Changed here')}\n${appliedText(report)}`)
    })
  examples(rejoin, ['bulkhead edge rejoin cell-1', 'the danger is over'])
}

const registerReplace = (edge: Command): void => {
  const replace = withTarget(edge.command('replace-asset'))
    .description('accept a spare device in place of an asset, offline')
    .argument('<name>', 'asset of the policy')
    .option('--mac <mac>', "the spare's Ethernet address; without it any is accepted on the asset's own port")
    .action(async (asset: string, { mac }: { mac?: string }, command: Command) => {
      const output = outputOf(command)
      const report = await ask(command, 'replace-asset', { asset, by: who(), ...(mac !== undefined && { mac }) })
      output.result(report, () => `${changesText(report, output, 'Changed here')}\n${appliedText(report)}`)
    })
  examples(
    replace,
    ['bulkhead edge replace-asset plc-fill --mac 00:1b:1b:aa:00:99', 'the PLC died, this is the spare'],
    ['bulkhead edge replace-asset plc-fill', 'its address is not known yet'],
  )
}

const registerQualify = (edge: Command): void => {
  const qualify = withTarget(edge.command('qualify'))
    .description('allow `deny-action: neutralise` for an asset; do it in a maintenance window')
    .argument('<name>', 'asset of the policy')
    .option('--reason <text>', 'who tested what; it becomes part of the record', reasonText, 'tested by hand')
    .option('--undo', 'take it back')
    .action(async (asset: string, { reason, undo = false }: { reason: string; undo?: boolean }, command: Command) => {
      const output = outputOf(command)
      const report = await ask(command, 'qualify', { asset, reason, undo, by: who() })
      output.result(report, () => `${changesText(report, output, 'Changed here')}\n${appliedText(report)}`)
    })
  examples(
    qualify,
    [
      'bulkhead edge qualify plc-fill --reason "answers exception 01 to function 0x63, tested 12 May"',
      'after the test',
    ],
    ['bulkhead edge qualify plc-fill --undo', 'new firmware, to be tested again'],
  )
}

/** What is changed at this edge, on top of the policy. */
export const registerLocalCommands = (edge: Command): void => {
  registerIsolate(edge)
  registerRejoin(edge)
  registerReplace(edge)
  registerQualify(edge)
}
