import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Fault } from '#core/errors.ts'
import { type EventRequest, followEvents, readEvents } from '#edge/control/client.ts'
import { line } from '#schema/event-text.ts'
import type { Event } from '#schema/event.ts'
import { examples, outputOf } from '../command.ts'
import { kinds } from '../kinds.ts'
import { momentText } from '../moment.ts'
import type { Output } from '../output.ts'
import { socketOf, type Target, withTarget } from './connection.ts'

interface EventsOptions extends Target {
  readonly follow?: true
  readonly since?: string
  readonly kind?: readonly string[]
  readonly source?: string
  readonly conduit?: string
  readonly limit?: number
}

const reconnectMs = 500
/** Events without --limit. */
const usual = 100

const limit = (text: string): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 10_000) return value
  throw new InvalidArgumentError('It takes a number from 0 to 10000.')
}

const printer = (output: Output): ((event: Event) => string) => {
  const colour = output.terminal && output.paint('red', 'x') !== 'x'
  const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions()
  // Whole, however narrow the terminal: who spoke to whom stands at the end of the sentence.
  return (event) => line(event, { colour, timezone })
}

/** Follows across restarts of the daemon: continues after the last event that was shown, or after the newest there was at first. */
const follow = async (socket: string, query: EventRequest, output: Output): Promise<never> => {
  const print = printer(output)
  const { limit: _, since: __, ...rest } = query
  const [newest] = await readEvents(socket, { limit: 1 })
  let last = newest?.id
  let next = query
  let silent = false
  for (;;) {
    try {
      for await (const event of followEvents(socket, next)) {
        last = event.id
        silent = false
        output.record(event, () => print(event))
      }
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'edge-unreachable') throw error
      if (!silent) output.note(`${error.message} What the kernel enforces stays. Waiting for the daemon.`)
      silent = true
      next = last === undefined ? query : { ...rest, after: last }
      await sleep(reconnectMs)
    }
  }
}

export const registerEvents = (edge: Command): void => {
  const events = withTarget(edge.command('events'))
    .description('show what happened: denials, refused commands, containments, changes')
    .option('-f, --follow', 'go on showing events as they happen, until Ctrl-C')
    .option('--since <time>', 'from then on: a time such as 2026-11-21T08:00, or how long ago, such as 10m', momentText)
    .addOption(new Option('--kind <names>', 'only these kinds, with commas').argParser(kinds))
    .option('--source <source>', 'only from this address, network, MAC or asset')
    .option('--conduit <id>', 'only of this conduit')
    .option('--limit <number>', 'the newest so many (default: 100; with --follow 10)', limit)
    .action(async ({ follow: following, edge: name, socket: path, ...query }: EventsOptions, command: Command) => {
      const output = outputOf(command)
      const socket = socketOf({ ...(name && { edge: name }), ...(path && { socket: path }) })
      if (following === true)
        await follow(socket, { ...(query.since === undefined && { limit: 10 }), ...query }, output)
      const { limit: most = usual } = query
      const found = await readEvents(socket, { ...query, limit: most })
      const print = printer(output)
      output.result(found, () => (found.length === 0 ? 'no events' : found.map(print).join('\n')))
      if (query.limit === undefined) output.cut(found.length, most)
    })
  examples(
    events,
    ['bulkhead edge events --since 1h --kind denial,containment', 'what was stopped in the last hour?'],
    ['bulkhead edge events --kind command-denied --since 15m', 'which commands were refused, and by which rule?'],
    ['bulkhead edge events --follow', 'watch it happen'],
    ['bulkhead edge events --source 198.18.1.0/26 --limit 1000 --json', 'for a script: one JSON array'],
  )
}
