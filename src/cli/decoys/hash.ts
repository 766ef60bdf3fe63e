import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { exitCodesText } from '../policy/arguments.ts'
import { readSecret } from './secret.ts'

export const registerHash = (decoys: Command): void => {
  const command = decoys
    .command('hash')
    .description('print a line for the list of passwords that the verifier `list` asks')
    .argument('<user>', 'name as it is typed at a login')
    .option('--old', 'a password of before: whoever types it has an old secret, not a current one')
    .action(async (user: string, { old = false }: { old?: boolean }, self: Command) => {
      const { listLine } = await import('#edge/verifier/list.ts')
      const secret = await readSecret(process.stdin, (text) => void process.stderr.write(text))
      const line = await listLine(user, old ? 'old' : 'current', secret)
      outputOf(self).result({ line }, () => line)
    })
  examples(
    command,
    ['bulkhead decoys hash ana >> passwords.list', 'asks for the password, and does not show it'],
    ['bulkhead decoys hash ana --old < old.txt >> passwords.list', 'from the first line of a file'],
  )
  exitCodesText(command, [0, 'printed'], [2, 'no password, or the two are not the same'])
}
