import { type Command, Option } from 'commander'
import { examples, outputOf } from '../command.ts'
import { type StateOption, stateOf, withState } from '../manager/state.ts'

interface Options extends StateOption {
  readonly verdict: string
  readonly reason: string
}

export const registerJudge = (events: Command): void => {
  const judge = withState(events.command('judge'))
    .description('say what an event turned out to be')
    .argument('<id>', 'of the event')
    .addOption(
      new Option('--verdict <verdict>', 'what it was').choices(['false-positive', 'confirmed']).makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why')
    .action(async (id: string, options: Options, command: Command) => {
      const { askManager } = await import('#manager/client.ts')
      const { socketOf } = await import('#manager/run.ts')
      const { Judgement } = await import('#schema/manager-events.ts')
      const { verdict, reason } = options
      const path = `/v1/events/${encodeURIComponent(id)}/judgement`
      const ask = { method: 'POST', path, body: { verdict, reason }, answer: Judgement } as const
      const made = await askManager(socketOf(stateOf(options)), ask)
      outputOf(command).result(made, () => `${made.kind} at ${made.site}/${made.edge}: ${made.verdict}.`)
    })
  examples(judge, [
    'bulkhead events judge 01KAJ4A7000000000000000000 --verdict false-positive --reason "agreed maintenance"',
    'the ledger of conduits counts it',
  ])
}
