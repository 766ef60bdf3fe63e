import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { aPassword, secretReader } from '../secret.ts'
import { type StateOption, stateOf, withState } from './state.ts'

interface SetupOptions extends StateOption {
  readonly code?: string
  readonly codeFile: string
  readonly name: string
  readonly passwordFile: string
}

export const registerSetup = (manager: Command): void => {
  const setup = withState(manager.command('setup'))
    .description('make the first administrator, with the code that the manager printed')
    .option('--code-file <file>', 'the code in the first line; - reads standard input, or asks at a terminal', '-')
    .option('--code <code>', 'the code itself; it stays in the history of the shell')
    .requiredOption('--name <name>', 'name of the administrator')
    .option('--password-file <file>', 'its password in the first line; - reads standard input, behind the code', '-')
    .action(async (options: SetupOptions, command: Command) => {
      const { askManager } = await import('#manager/client.ts')
      const { socketOf } = await import('#manager/socket.ts')
      const { User } = await import('#schema/manager-api.ts')
      const { name, codeFile, passwordFile } = options
      const secret = secretReader()
      const code = options.code ?? (await secret(codeFile, { what: 'code', option: '--code-file' }))
      const body = { code, name, password: await secret(passwordFile, aPassword) }
      const user = await askManager(socketOf(stateOf(options)), {
        method: 'POST',
        path: '/v1/setup',
        body,
        answer: User,
      })
      outputOf(command).result(user, () => `${user.name} is the administrator now.`)
    })
  examples(
    setup,
    ['bulkhead manager setup --name ann', 'right after the first start: asks for the code, then for a password'],
    ['bulkhead manager setup --name ann --code-file code.txt --password-file password.txt', 'in a script'],
  )
}
