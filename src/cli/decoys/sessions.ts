import { type Command, InvalidArgumentError } from 'commander'
import type { DecoySession } from '#schema/decoys-control.ts'
import { examples, outputOf } from '../command.ts'
import { count, type Output } from '../output.ts'
import { address } from '../edge/values.ts'
import { withTarget } from '../edge/connection.ts'
import { legible } from '#core/legible.ts'
import { clock, span } from '../edge/time.ts'
import { ask } from './connection.ts'

const most = 10_000
const isoOf = (ms: number): string => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}

export const sessionsText = (output: Output, sessions: readonly DecoySession[], now: number): string =>
  output.table(
    sessions,
    [
      { title: 'id', cell: ({ id }) => id },
      { title: 'began', cell: ({ from }) => clock(isoOf(from), now) },
      { title: 'lasted', cell: ({ from, to }) => span(to - from) },
      { title: 'source', cell: ({ source }) => source },
      { title: 'decoy', cell: ({ decoy, port, transport }) => `${legible(decoy)} ${transport}/${port}` },
      { title: 'persona', cell: ({ persona }) => persona },
      { title: 'service', cell: ({ service }) => service },
      { title: 'bytes in', right: true, cell: ({ received }) => count(received) },
      { title: 'bytes out', right: true, cell: ({ sent }) => count(sent) },
      { title: 'login', cell: (session) => session.class ?? '' },
    ],
    'no conversation is recorded',
  )

const limit = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${most}.`)
}

export const registerSessions = (decoys: Command): void => {
  const sessions = withTarget(decoys.command('sessions'))
    .description('list the recorded conversations with decoys, newest first')
    .option('--source <address>', 'only of this source', address)
    .option('--decoy <address>', 'only with this decoy', address)
    .option('--limit <number>', 'at most so many', limit, 50)
    .action(async (options: { source?: string; decoy?: string; limit: number }, command: Command) => {
      const output = outputOf(command)
      const { source, decoy, limit: at } = options
      const found = await ask(command, 'decoys-sessions', {
        ...(source === undefined ? {} : { source }),
        ...(decoy === undefined ? {} : { decoy }),
        limit: at,
      })
      output.result(found, () => sessionsText(output, found, Date.now()))
      if (command.getOptionValueSource('limit') === 'default') output.cut(found.length, at)
    })
  examples(
    sessions,
    ['bulkhead decoys sessions --source 198.18.1.77', 'what did this source say to decoys?'],
    ['bulkhead decoys sessions --json | jq -r ".[].id"', 'ids, to replay each'],
  )
}
