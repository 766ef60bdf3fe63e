import { type Command, Option } from 'commander'
import { Fault } from '#core/errors.ts'
import { roleNames } from '#schema/manager-api.ts'
import { examples, outputOf } from '../command.ts'
import { aPassword, secretReader } from '../secret.ts'
import { asker, type ReachOptions, withManager } from './reach.ts'

interface AddOptions extends ReachOptions {
  readonly role: string
  readonly passwordFile: string
}
interface SetOptions extends ReachOptions {
  readonly role?: string
  readonly disable?: true
  readonly enable?: true
  readonly passwordFile?: string
  readonly withoutTotp?: true
}

const connected = async (options: ReachOptions) => {
  const schema = await import('#schema/manager-api.ts')
  const ask = await asker(options)
  const all = async () => (await ask({ path: '/v1/users', answer: schema.Users })).users
  const idOf = async (name: string): Promise<string> => {
    const found = (await all()).find((user) => user.name === name)
    if (found === undefined) throw new Fault('not-found', `There is no account ${name}.`)
    return found.id
  }
  return { ask, schema, all, idOf }
}
const role = (): Option => new Option('--role <role>', 'what they may do').choices(roleNames)

export const registerUsers = (manager: Command): void => {
  const users = manager.command('users').description('accounts of people')
  examples(users, ['bulkhead manager users list', 'who has an account?'])

  const list = withManager(users.command('list'))
    .description('all accounts')
    .action(async (options: ReachOptions, command: Command) => {
      const found = await (await connected(options)).all()
      const output = outputOf(command)
      output.result(found, () =>
        output.table(found, [
          { title: 'NAME', cell: (user) => user.name },
          { title: 'ROLE', cell: (user) => user.role },
          { title: 'SECOND FACTOR', cell: (user) => (user.totp ? 'yes' : 'no') },
          { title: 'STATE', cell: (user) => (user.disabled ? 'disabled' : 'active') },
        ]),
      )
    })
  examples(list, ['bulkhead manager users list', 'who has an account?'])

  const add = withManager(users.command('add'))
    .description('make an account')
    .argument('<name>', 'its name')
    .addOption(role().makeOptionMandatory())
    .option(
      '--password-file <file>',
      'its password in the first line; - reads standard input, or asks at a terminal',
      '-',
    )
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { ask, schema } = await connected(options)
      const body = { name, role: options.role, password: await secretReader()(options.passwordFile, aPassword) }
      const user = await ask({ method: 'POST', path: '/v1/users', body, answer: schema.User })
      outputOf(command).result(user, () => `${user.name} is ${user.role}.`)
    })
  examples(add, ['bulkhead manager users add bob --role operator --password-file bob.txt', 'let somebody in'])

  const set = withManager(users.command('set'))
    .description('change an account')
    .argument('<name>', 'whose')
    .addOption(role())
    .option('--disable', 'let them in no more')
    .option('--enable', 'let them in again')
    .option('--password-file <file>', 'a new password in the first line; - reads standard input, or asks at a terminal')
    .option('--without-totp', 'take a lost second factor away')
    .action(async (name: string, options: SetOptions, command: Command) => {
      const { ask, schema, idOf } = await connected(options)
      const body = {
        ...(options.role === undefined ? {} : { role: options.role }),
        ...(options.disable || options.enable ? { disabled: options.disable === true } : {}),
        ...(options.passwordFile === undefined
          ? {}
          : { password: await secretReader()(options.passwordFile, aPassword) }),
        ...(options.withoutTotp ? { totp: false } : {}),
      }
      const path = `/v1/users/${await idOf(name)}`
      const user = await ask({ method: 'PATCH', path, body, answer: schema.User })
      const { tokens } =
        options.passwordFile === undefined ? { tokens: [] } : await ask({ path: '/v1/tokens', answer: schema.Tokens })
      const count = tokens.filter((token) => token.user === user.name).length
      outputOf(command).result(user, () =>
        [
          `${user.name}: ${user.role}, ${user.disabled ? 'disabled' : 'active'}.`,
          ...(count === 0 ? [] : [`API tokens of theirs that go on: ${count} (bulkhead manager tokens list).`]),
        ].join('\n'),
      )
    })
  examples(set, ['bulkhead manager users set bob --disable', 'somebody left'])

  const remove = withManager(users.command('remove'))
    .description('remove an account with its sessions and tokens')
    .argument('<name>', 'whose')
    .action(async (name: string, options: ReachOptions, command: Command) => {
      const { ask, schema, idOf } = await connected(options)
      const path = `/v1/users/${await idOf(name)}`
      const done = await ask({ method: 'DELETE', path, answer: schema.Done })
      outputOf(command).result(done, () => `${name} is removed.`)
    })
  examples(remove, ['bulkhead manager users remove bob', 'for good'])
}
