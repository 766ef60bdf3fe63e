import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { exitCodesText } from './arguments.ts'

export const registerSchema = (policy: Command): void => {
  const command = policy
    .command('schema')
    .description('print the JSON Schema of the policy, for completion and checking in an editor')
    .action(async (_options: object, self: Command) => {
      const { policyJsonSchema } = await import('#policy/json-schema.ts')
      const schema = policyJsonSchema()
      outputOf(self).result(schema, () => JSON.stringify(schema, undefined, 2))
    })
  examples(command, [
    'bulkhead policy schema > site.schema.json',
    'then begin site.yaml with: # yaml-language-server: $schema=site.schema.json',
  ])
  exitCodesText(command, [0, 'done'])
}
