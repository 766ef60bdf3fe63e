import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from '../manager/reach.ts'

const connected = async (options: ReachOptions) => {
  const { RiskOrigins } = await import('#schema/manager-risk.ts')
  const { Done } = await import('#schema/manager-api.ts')
  return { ask: await asker(options), RiskOrigins, Done }
}

/** `FR`, or `AS64496`. */
const originOf = (text: string): { kind: 'country' | 'asn'; value: string } => {
  const asn = /^AS(\d+)$/i.exec(text)?.[1]
  return asn === undefined ? { kind: 'country', value: text.toUpperCase() } : { kind: 'asn', value: asn }
}

export const registerOrigins = (risk: Command): void => {
  const origins = risk.command('origins').description('countries and autonomous systems in which nobody of ours is')
  examples(origins, ['bulkhead risk origins list', 'from where does nobody come?'])

  const list = withManager(origins.command('list'))
    .description('all of them')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, RiskOrigins } = await connected(options)
      const { origins: found } = await ask({ path: '/v1/risk/origins', answer: RiskOrigins })
      const output = outputOf(command)
      output.result(found, () =>
        output.table(found, [
          { title: 'ORIGIN', cell: ({ kind, value }) => (kind === 'asn' ? `AS${value}` : value) },
          { title: 'BY', cell: ({ by }) => by },
          { title: 'SINCE', cell: ({ created }) => created },
        ]),
      )
    })
  examples(list, ['bulkhead risk origins list', 'from where does nobody come?'])

  const add = withManager(origins.command('add'))
    .description('say that nobody of ours is there; it counts beside other evidence only')
    .argument('<origin>', 'a country such as FR, or an autonomous system such as AS64496')
    .action(async (origin: string, options: ReachOptions, command: Command) => {
      const { ask, Done } = await connected(options)
      const result = await ask({
        method: 'POST',
        path: '/v1/risk/origins',
        body: originOf(origin),
        answer: Done,
      })
      outputOf(command).result(result, () => `Sources from ${origin} count for more.`)
    })
  examples(add, ['bulkhead risk origins add AS64496', 'a hoster that nobody of us uses'])

  const remove = withManager(origins.command('remove'))
    .description('take that back')
    .argument('<origin>', 'as it was added')
    .action(async (origin: string, options: ReachOptions, command: Command) => {
      const { ask, Done } = await connected(options)
      const path = `/v1/risk/origins?${new URLSearchParams(originOf(origin)).toString()}`
      const result = await ask({ method: 'DELETE', path, answer: Done })
      outputOf(command).result(result, () => `Where a source is from no longer counts for ${origin}.`)
    })
  examples(remove, ['bulkhead risk origins remove AS64496', 'we have somebody there now'])
}
