import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { type StateOption, stateOf, withState } from '../manager/state.ts'

const connected = async (options: StateOption) => {
  const { askManager } = await import('#manager/client.ts')
  const { socketOf } = await import('#manager/run.ts')
  const { RiskOrigins } = await import('#schema/manager-risk.ts')
  const { Done } = await import('#schema/manager-api.ts')
  return { ask: askManager, socket: socketOf(stateOf(options)), RiskOrigins, Done }
}

/** `FR`, or `AS64496`. */
const originOf = (text: string): { kind: 'country' | 'asn'; value: string } => {
  const asn = /^AS(\d+)$/i.exec(text)?.[1]
  return asn === undefined ? { kind: 'country', value: text.toUpperCase() } : { kind: 'asn', value: asn }
}

export const registerOrigins = (risk: Command): void => {
  const origins = risk.command('origins').description('countries and autonomous systems in which nobody of ours is')
  examples(origins, ['bulkhead risk origins list', 'from where does nobody come?'])

  const list = withState(origins.command('list'))
    .description('all of them')
    .action(async (options: StateOption, command: Command) => {
      const { ask, socket, RiskOrigins } = await connected(options)
      const { origins: found } = await ask(socket, { path: '/v1/risk/origins', answer: RiskOrigins })
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

  const add = withState(origins.command('add'))
    .description('say that nobody of ours is there; it counts beside other evidence only')
    .argument('<origin>', 'a country such as FR, or an autonomous system such as AS64496')
    .action(async (origin: string, options: StateOption, command: Command) => {
      const { ask, socket, Done } = await connected(options)
      const result = await ask(socket, {
        method: 'POST',
        path: '/v1/risk/origins',
        body: originOf(origin),
        answer: Done,
      })
      outputOf(command).result(result, () => `Sources from ${origin} count for more.`)
    })
  examples(add, ['bulkhead risk origins add AS64496', 'a hoster that nobody of us uses'])

  const remove = withState(origins.command('remove'))
    .description('take that back')
    .argument('<origin>', 'as it was added')
    .action(async (origin: string, options: StateOption, command: Command) => {
      const { ask, socket, Done } = await connected(options)
      const path = `/v1/risk/origins?${new URLSearchParams(originOf(origin)).toString()}`
      const result = await ask(socket, { method: 'DELETE', path, answer: Done })
      outputOf(command).result(result, () => `Where a source is from no longer counts for ${origin}.`)
    })
  examples(remove, ['bulkhead risk origins remove AS64496', 'we have somebody there now'])
}
