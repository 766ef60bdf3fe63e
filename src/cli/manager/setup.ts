import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { passwordFrom, type StateOption, stateOf, withState } from './state.ts'

interface SetupOptions extends StateOption {
  readonly code: string
  readonly name: string
  readonly passwordFile: string
}

export const registerSetup = (manager: Command): void => {
  const setup = withState(manager.command('setup'))
    .description('make the first administrator, with the code that the manager printed')
    .requiredOption('--code <code>', 'the code')
    .requiredOption('--name <name>', 'name of the administrator')
    .option('--password-file <file>', 'its password in the first line; - reads standard input', '-')
    .action(async (options: SetupOptions, command: Command) => {
      const { askManager } = await import('#manager/client.ts')
      const { socketOf } = await import('#manager/socket.ts')
      const { User } = await import('#schema/manager-api.ts')
      const { code, name } = options
      const body = { code, name, password: passwordFrom(options.passwordFile) }
      const user = await askManager(socketOf(stateOf(options)), {
        method: 'POST',
        path: '/v1/setup',
        body,
        answer: User,
      })
      outputOf(command).result(user, () => `${user.name} is the administrator now.`)
    })
  examples(setup, [
    'bulkhead manager setup --code ABCD-EFGH-JKLM-NPQR-STUV --name ann --password-file password.txt',
    'right after the first start',
  ])
}
