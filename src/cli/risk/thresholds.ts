import { type Command, Option } from 'commander'
import { riskResponses } from '#schema/manager-risk.ts'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'

interface SetOptions extends ReachOptions {
  readonly response: string
}

const connected = async (options: ReachOptions) => {
  const schema = await import('#schema/manager-risk.ts')
  return { ask: await asker(options), schema }
}

export const registerThresholds = (risk: Command): void => {
  const thresholds = risk.command('thresholds').description('what sites do about sources that reach a score')
  examples(thresholds, ['bulkhead risk thresholds list', 'what happens at which score?'])

  const list = withManager(thresholds.command('list'))
    .description('all thresholds, and the risks that policies ask for')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const found = await ask({ path: '/v1/risk/thresholds', answer: schema.RiskThresholds })
      const rows = [
        ...found.thresholds.map(({ site, score, response, by }) => ({ site, score, does: response, by })),
        ...Object.entries(found.asked).flatMap(([site, scores]) =>
          scores.map((score) => ({ site, score, does: 'ends permits (risk-below)', by: 'policy' })),
        ),
      ]
      const output = outputOf(command)
      output.result(found, () =>
        output.table(rows, [
          { title: 'SITE', cell: ({ site }) => site },
          { title: 'RISK', cell: ({ score }) => score },
          { title: 'DOES', cell: ({ does }) => does },
          { title: 'BY', cell: ({ by }) => by },
        ]),
      )
    })
  examples(list, ['bulkhead risk thresholds list', 'what happens at which score?'])

  const set = withManager(thresholds.command('set'))
    .description(
      'set what happens at a score: alert, or contain where an agreed response covers it and ask a person where none does',
    )
    .argument('<site>', 'where')
    .argument('<score>', 'from 10 to 100')
    .addOption(new Option('--response <response>', 'what happens').choices(riskResponses).makeOptionMandatory())
    .action(async (site: string, score: string, options: SetOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const body = { site, score: Number(score), response: options.response }
      const made = await ask({
        method: 'POST',
        path: '/v1/risk/thresholds',
        body,
        answer: schema.RiskThreshold,
      })
      outputOf(command).result(made, () => `${made.site}: ${made.response} at ${made.score}.`)
    })
  examples(set, ['bulkhead risk thresholds set riverside-bottling 80 --response contain', 'act on the worst'])

  const remove = withManager(thresholds.command('remove'))
    .description('take a threshold away')
    .argument('<site>', 'where')
    .argument('<score>', 'which')
    .action(async (site: string, score: string, options: ReachOptions, command: Command) => {
      const { ask } = await connected(options)
      const { Done } = await import('#schema/manager-api.ts')
      const path = `/v1/risk/thresholds?${new URLSearchParams({ site, score }).toString()}`
      const result = await ask({ method: 'DELETE', path, answer: Done })
      outputOf(command).result(result, () => `Nothing happens at ${site} at ${score} any more.`)
    })
  examples(remove, ['bulkhead risk thresholds remove riverside-bottling 80', 'it was too strict'])
}
