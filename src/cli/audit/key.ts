import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { existingKey } from '#edge/audit/key.ts'
import { examples, outputOf } from '../command.ts'
import { type StateTarget, storeOf, withState } from './state.ts'

export const registerKey = (audit: Command): void => {
  const command = withState(audit.command('key'))
    .description('show the public key that signs the record; keep it where the edge cannot change it')
    .action((options: StateTarget, self: Command) => {
      const { folder } = storeOf(options)
      const key = existingKey(folder)
      if (key === undefined) {
        throw new Fault('not-found', `There is no audit key in ${folder}.`, {
          advice: 'It is made when the edge first runs.',
        })
      }
      const { fingerprint, pem } = key
      outputOf(self).result({ fingerprint, pem }, () => `# SHA-256 ${fingerprint}\n${pem.trim()}`)
    })
  examples(command, ['bulkhead audit key > audit.pub', 'for `bulkhead audit verify --key audit.pub`'])
}
