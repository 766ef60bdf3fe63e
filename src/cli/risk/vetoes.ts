import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'

interface AddOptions extends ReachOptions {
  readonly site?: string
  readonly reason: string
  readonly for?: string
}

const connected = async (options: ReachOptions) => {
  const schema = await import('#schema/manager-risk.ts')
  return { ask: await asker(options), schema }
}

/** `8h` from now. */
const until = (text: string | undefined): { until?: string } => {
  if (text === undefined) return {}
  if (!/^\d{1,6}(s|m|h|d)$/.test(text)) throw new Fault('usage', `${text} is no time such as 8h or 30d.`)
  return { until: new Date(Date.now() + durationSeconds(text) * 1000).toISOString() }
}

export const registerVetoes = (risk: Command): void => {
  const veto = risk.command('veto').description('what is no threat, whatever the evidence says')
  examples(veto, ['bulkhead risk veto list', 'who is trusted in spite of evidence?'])

  const list = withManager(veto.command('list'))
    .description('all vetoes')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const { vetoes } = await ask({ path: '/v1/risk/vetoes', answer: schema.RiskVetoes })
      const output = outputOf(command)
      output.result(vetoes, () =>
        output.table(vetoes, [
          { title: 'ID', cell: ({ id }) => id },
          { title: 'NETWORK', cell: ({ network }) => network },
          { title: 'SITE', cell: ({ site }) => site ?? 'all' },
          { title: 'UNTIL', cell: ({ until: end }) => end ?? 'taken back' },
          { title: 'BY', cell: ({ by }) => by },
          { title: 'REASON', cell: ({ reason }) => reason },
        ]),
      )
    })
  examples(list, ['bulkhead risk veto list', 'who is trusted in spite of evidence?'])

  const add = withManager(veto.command('add'))
    .description('say that an address or a network is no threat')
    .argument('<network>', 'address, or network in CIDR notation')
    .requiredOption('--reason <text>', 'why')
    .option('--site <site>', 'at one site; everywhere when absent')
    .option('--for <time>', 'how long, such as 8h or 30d; until it is taken back when absent')
    .action(async (network: string, options: AddOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const { site, reason } = options
      const body = { network, reason, ...(site === undefined ? {} : { site }), ...until(options.for) }
      const made = await ask({ method: 'POST', path: '/v1/risk/vetoes', body, answer: schema.RiskVeto })
      outputOf(command).result(made, () => `${made.network} counts as no threat (${made.id}).`)
    })
  examples(add, [
    'bulkhead risk veto add 198.18.1.72 --for 8h --reason "vulnerability scan, ticket 4711"',
    'a scanner of ours is at work',
  ])

  const remove = withManager(veto.command('remove'))
    .description('take a veto back')
    .argument('<id>', 'which, as list shows it')
    .action(async (id: string, options: ReachOptions, command: Command) => {
      const { ask } = await connected(options)
      const { Done } = await import('#schema/manager-api.ts')
      const path = `/v1/risk/vetoes/${encodeURIComponent(id)}`
      const result = await ask({ method: 'DELETE', path, answer: Done })
      outputOf(command).result(result, () => 'Its evidence counts again.')
    })
  examples(remove, ['bulkhead risk veto remove 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', 'the scan is over'])
}
