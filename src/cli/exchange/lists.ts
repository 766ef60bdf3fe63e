import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { type ReachOptions, withManager } from '../manager/reach.ts'
import { connected, documentIn } from './ask.ts'

interface ReasonOption extends ReachOptions {
  readonly reason: string
}

export const registerSources = (exchange: Command): void => {
  const sources = exchange.command('sources').description('lists of others: plain, MISP warning lists, STIX, TAXII')
  examples(sources, ['bulkhead exchange sources list', 'which are there, and how fresh are they?'])

  const list = withManager(sources.command('list'))
    .description('all lists of others')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const { sources: found } = await ask({ path: '/v1/exchange/sources', answer: schema.Sources })
      const output = outputOf(command)
      output.result(found, () =>
        output.table(found, [
          { title: 'NAME', cell: ({ name }) => name },
          { title: 'FORMAT', cell: ({ format }) => format },
          { title: 'ROLE', cell: ({ role }) => role },
          { title: 'ENTRIES', cell: ({ entries }) => String(entries) },
          { title: 'FETCHED', cell: ({ fetched }) => fetched ?? 'never' },
          { title: 'STATE', cell: ({ trouble, isStale }) => trouble ?? (isStale ? 'stale' : 'fresh') },
        ]),
      )
    })
  examples(list, ['bulkhead exchange sources list', 'which are there, and how fresh are they?'])

  const add = withManager(sources.command('add'))
    .description('add a list of others')
    .argument('<name>', 'its name')
    .argument('<file>', 'where it is and what it is (YAML); - reads standard input')
    .action(async (name: string, file: string, options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const body = { ...documentIn(file), name }
      const made = await ask({ method: 'POST', path: '/v1/exchange/sources', body, answer: schema.Source })
      outputOf(command).result(made, () => `${name} is looked at soon, then every ${made.every} s.`)
    })
  examples(add, ['bulkhead exchange sources add provider provider.yaml', 'let a list of a provider count'])

  const refresh = withManager(sources.command('refresh'))
    .description('look at a list now')
    .argument('<name>', 'which')
    .action(async (name: string, options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const path = `/v1/exchange/sources/${encodeURIComponent(name)}/refresh`
      const source = await ask({ method: 'POST', path, answer: schema.Source })
      outputOf(command).result(source, () => `${name} has ${source.entries} entries.`)
    })
  examples(refresh, ['bulkhead exchange sources refresh provider', 'is it as it should be?'])

  const remove = withManager(sources.command('remove'))
    .description('remove a list with its entries')
    .argument('<name>', 'which')
    .action(async (name: string, options: ReachOptions, command: Command) => {
      const { ask, Done } = await connected(options)
      const path = `/v1/exchange/sources/${encodeURIComponent(name)}`
      const done = await ask({ method: 'DELETE', path, answer: Done })
      outputOf(command).result(done, () => `${name} is removed.`)
    })
  examples(remove, ['bulkhead exchange sources remove provider', 'it was wrong too often'])
}

export const registerAllowed = (exchange: Command): void => {
  const allowed = exchange
    .command('allowed')
    .description('networks that are never exported and never taken from a list')
  examples(allowed, ['bulkhead exchange allowed list', 'what is left out?'])

  const all = async (options: ReachOptions) => {
    const { ask, schema } = await connected(options)
    return (await ask({ path: '/v1/exchange/allowed', answer: schema.AllowList })).allowed
  }
  const list = withManager(allowed.command('list'))
    .description('the whole allow-list')
    .action(async (options: ReachOptions, command: Command) => {
      const found = await all(options)
      const output = outputOf(command)
      output.result(found, () =>
        output.table(found, [
          { title: 'NETWORK', cell: ({ network }) => network },
          { title: 'REASON', cell: ({ reason }) => reason },
          { title: 'BY', cell: ({ by }) => by },
        ]),
      )
    })
  examples(list, ['bulkhead exchange allowed list', 'what is left out?'])

  const add = withManager(allowed.command('add'))
    .description('put a network or an address on it')
    .argument('<network>', 'such as 198.51.100.0/24')
    .requiredOption('--reason <text>', 'why')
    .action(async (network: string, options: ReasonOption, command: Command) => {
      const { ask, schema } = await connected(options)
      const body = { network, reason: options.reason }
      const made = await ask({ method: 'POST', path: '/v1/exchange/allowed', body, answer: schema.Allowed })
      outputOf(command).result(made, () => `${made.network} is on the allow-list.`)
    })
  examples(add, ['bulkhead exchange allowed add 198.51.100.0/24 --reason "our provider"', 'never tell firewalls of it'])

  const remove = withManager(allowed.command('remove'))
    .description('take a network off it')
    .argument('<network>', 'as `list` shows it')
    .action(async (network: string, options: ReachOptions, command: Command) => {
      const found = (await all(options)).find((one) => one.network === network)
      if (found === undefined) throw new Fault('not-found', `${network} is not on the allow-list.`)
      const { ask, Done } = await connected(options)
      const done = await ask({ method: 'DELETE', path: `/v1/exchange/allowed/${found.id}`, answer: Done })
      outputOf(command).result(done, () => `${network} is off the allow-list.`)
    })
  examples(remove, ['bulkhead exchange allowed remove 198.51.100.0/24', 'it counts like any other again'])
}
