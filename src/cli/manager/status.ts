import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { asker, type ReachOptions, withManager } from './reach.ts'

export const registerStatus = (manager: Command): void => {
  const status = withManager(manager.command('status'))
    .description('what a running manager holds')
    .action(async (options: ReachOptions, command: Command) => {
      const { Status } = await import('#schema/manager-api.ts')
      const ask = await asker(options)
      const found = await ask({ path: '/v1/status', answer: Status })
      outputOf(command).result(found, () =>
        [
          ...found.alarms.map((alarm) => `ALARM  ${alarm}`),
          `Version ${found.version}, since ${found.started}, ${found.database} database.`,
          `${found.users} accounts, ${found.sessions} sessions, ${found.tokens} tokens, ${found.audit} rows of audit.`,
        ].join('\n'),
      )
    })
  examples(status, ['bulkhead manager status', 'is it there?'])
}
