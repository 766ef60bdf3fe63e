import { Fault } from '#core/errors.ts'
import { readYaml } from '#policy/yaml/read.ts'
import { textIn } from '../failure.ts'
import { asker, type ReachOptions } from '../manager/reach.ts'

/** The manager, and the documents that it speaks. */
export const connected = async (options: ReachOptions) => {
  const schema = await import('#schema/manager-exchange.ts')
  const { Done } = await import('#schema/manager-api.ts')
  return { ask: await asker(options), schema, Done }
}

/** What somebody wrote in a file, so that no secret stands on a command line. `-` is standard input. */
export const documentIn = (file: string): Record<string, unknown> => {
  const { value, faults } = readYaml(textIn(file))
  if (faults.length > 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault('usage', `${file} is no YAML document with members.`, {
      details: faults.map(({ message }) => message),
      advice: 'docs/exchange.md has one of each kind.',
    })
  return { ...value }
}
