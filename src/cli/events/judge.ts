import { type Command, Option } from 'commander'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'

interface Options extends ReachOptions {
  readonly verdict: string
  readonly reason: string
}

export const registerJudge = (events: Command): void => {
  const judge = withManager(events.command('judge'))
    .description('say what an event turned out to be')
    .argument('<id>', 'of the event, as `events search --json` shows it')
    .addOption(
      new Option('--verdict <verdict>', 'what it was').choices(['false-positive', 'confirmed']).makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why')
    .action(async (id: string, options: Options, command: Command) => {
      const { Judgement } = await import('#schema/manager-events.ts')
      const { verdict, reason } = options
      const path = `/v1/events/${encodeURIComponent(id)}/judgement`
      const asked = { method: 'POST', path, body: { verdict, reason }, answer: Judgement } as const
      const ask = await asker(options)
      const made = await ask(asked)
      outputOf(command).result(made, () => `${made.kind} at ${made.site}/${made.edge}: ${made.verdict}.`)
    })
  examples(judge, [
    'bulkhead events judge 01KAJ4A7000000000000000000 --verdict false-positive --reason "agreed maintenance"',
    'the ledger of conduits counts it',
  ])
}
