import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { type StateOption, stateOf, withState } from './state.ts'

export const registerStatus = (manager: Command): void => {
  const status = withState(manager.command('status'))
    .description('what a running manager holds')
    .action(async (options: StateOption, command: Command) => {
      const { askManager } = await import('#manager/client.ts')
      const { socketOf } = await import('#manager/run.ts')
      const { Status } = await import('#schema/manager-api.ts')
      const found = await askManager(socketOf(stateOf(options)), { path: '/v1/status', answer: Status })
      outputOf(command).result(found, () =>
        [
          `Version ${found.version}, since ${found.started}, ${found.database} database.`,
          `${found.users} accounts, ${found.sessions} sessions, ${found.tokens} tokens, ${found.audit} rows of audit.`,
        ].join('\n'),
      )
    })
  examples(status, ['bulkhead manager status', 'is it there?'])
}
