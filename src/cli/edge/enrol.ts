import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { textIn } from '../failure.ts'

/** Where edges keep their memory, each in a directory of its name. */
const states = '/var/lib/bulkhead'

interface EnrolOptions {
  readonly tokenFile?: string
  readonly edge?: string
  readonly state?: string
}

/** By what stays in no history: a file, standard input, a terminal that asks. On the command line it is taken, too. */
const tokenOf = async (given: string | undefined, file: string | undefined): Promise<string> => {
  const asks = process.stdin.isTTY && (file ?? given ?? '-') === '-'
  if (file !== undefined && given !== undefined)
    throw new Fault('usage', 'The token was given twice.', { advice: 'Leave out one of the two: --token-file, TOKEN.' })
  if (asks) {
    const { typed } = await import('../secret.ts')
    return typed('The token')
  }
  if (file !== undefined) return textIn(file)
  if (given === undefined)
    throw new Fault('usage', 'There is no token, and no terminal to ask at.', {
      advice: 'Name a file that holds it with --token-file; `-` reads standard input.',
    })
  return given === '-' ? text(process.stdin) : given
}

export const registerEnrol = (edge: Command): void => {
  const enrol = edge
    .command('enrol')
    .description('join a manager with a token that it gave out; the running daemon notices by itself')
    .argument('[token]', 'the token itself, `bhe_…`, which stays in the history of the shell, or - for standard input')
    .option('--token-file <file>', 'read the token from there; without file and token, a terminal is asked')
    .option('--edge <name>', 'name of the edge; another one is refused (default: the one of the token)')
    .option('--state <directory>', 'where the edge keeps its memory (default: /var/lib/bulkhead/NAME)')
    .action(async (given: string | undefined, options: EnrolOptions, command: Command) => {
      const { tokenFile, edge: name, state } = options
      const token = await tokenOf(given, tokenFile)
      const { enrol: enrolAt } = await import('#edge/link/enrol.ts')
      const home = name === undefined ? join(states, '.enrolling') : join(states, name)
      const enrolled = await enrolAt({
        token,
        state: resolve(state ?? home),
        version: manifest.version,
        ...(name === undefined ? {} : { edge: name }),
      })
      if (state === undefined && name === undefined) {
        const { moveEnrolment } = await import('#edge/link/files.ts')
        moveEnrolment(home, join(states, enrolled.edge))
      }
      const { site, edge: as, urls, until } = enrolled
      outputOf(command).result({ site, edge: as, urls, until: new Date(until).toISOString() }, () =>
        [
          `Enrolled as ${as} of ${site}. The daemon dials ${urls.join(', then ')}.`,
          `A daemon that runs notices by itself. Else: bulkhead edge run --edge ${as}${state === undefined ? '' : ` --state ${state}`}`,
        ].join('\n'),
      )
    })
  examples(
    enrol,
    ['bulkhead edge enrol --edge cell-1-edge', 'join the manager that gave the token; asks for it'],
    ['bulkhead edge enrol --token-file token', 'the same in a script'],
    ['bulkhead edge enrol --edge cell-1-edge - < token', 'the same, from standard input'],
  )
}
