import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from './reach.ts'

const connected = async (options: ReachOptions) => {
  const schema = await import('#schema/manager-api.ts')
  return { ask: await asker(options), schema }
}

export const registerTokens = (manager: Command): void => {
  const tokens = manager
    .command('tokens')
    .description('API tokens of programs; people make them through the API: docs/manager.md, "A token"')
  examples(tokens, ['bulkhead manager tokens list', 'which programs may ask?'])

  const list = withManager(tokens.command('list'))
    .description('all tokens, without their secrets')
    .action(async (options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const { tokens: found } = await ask({ path: '/v1/tokens', answer: schema.Tokens })
      const output = outputOf(command)
      output.result(found, () =>
        output.table(found, [
          { title: 'ID', cell: (token) => token.id },
          { title: 'OF', cell: (token) => token.user },
          { title: 'NAME', cell: (token) => token.name },
          { title: 'SCOPES', cell: (token) => token.scopes.join(' ') },
          { title: 'EXPIRES', cell: (token) => token.expires },
          { title: 'USED', cell: (token) => token.used ?? 'never' },
        ]),
      )
    })
  examples(list, ['bulkhead manager tokens list', 'which programs may ask?'])

  const revoke = withManager(tokens.command('revoke'))
    .description('let a token count no more')
    .argument('<id>', 'which, as `list` shows it')
    .action(async (id: string, options: ReachOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const path = `/v1/tokens/${encodeURIComponent(id)}`
      const done = await ask({ method: 'DELETE', path, answer: schema.Done })
      outputOf(command).result(done, () => `${id} is revoked.`)
    })
  examples(revoke, ['bulkhead manager tokens revoke 01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', 'a secret got out'])
}
