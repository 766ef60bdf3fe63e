import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import type { ManagerPlace } from '#manager/client.ts'
import { examples, outputOf } from '../command.ts'
import { placeOf, withManager } from '../manager/reach.ts'
import { type FilterOptions, withFilter, words } from './filter.ts'
import { printer } from './line.ts'

const reconnectMs = 1000

interface Told {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

interface Connection {
  readonly path: string
  readonly lastId: string | undefined
  /** Called when the manager follows. */
  readonly onAnswer: () => void
}

/** Server-sent events (WHATWG HTML, 9.2.6) of one connection; ends with it. @throws Fault of the manager, or `manager-unreachable` */
async function* told(place: ManagerPlace, { path, lastId, onAnswer }: Connection): AsyncGenerator<Told> {
  const { callManager, faultIn, unreachableAt } = await import('#manager/client.ts')
  const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
  const call = callManager(place, { path, headers })
  const ended = new AbortController()
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      call.once('response', resolve)
      call.once('error', (error) => reject(unreachableAt(place, error)))
      call.end()
    })
    if (response.statusCode !== 200) throw faultIn(await json(response).catch(() => undefined))
    onAnswer()
    let block = new Map<string, string>()
    for await (const line of createInterface({ input: response, signal: ended.signal })) {
      if (line === '') {
        const event = block.get('event')
        if (event !== undefined) yield { id: block.get('id'), event, data: block.get('data') ?? '' }
        block = new Map()
      } else if (!line.startsWith(':')) {
        const at = line.indexOf(': ')
        block.set(line.slice(0, at), line.slice(at + 2))
      }
    }
  } finally {
    ended.abort()
    call.destroy()
  }
}

export const registerFollow = (events: Command): void => {
  const follow = withFilter(withManager(events.command('follow')))
    .description('show events of all edges as they are stored, until Ctrl-C')
    .action(async (options: FilterOptions, command: Command) => {
      const { FoundEvent } = await import('#schema/manager-events.ts')
      const place = await placeOf(options)
      const output = outputOf(command)
      const print = printer(output)
      let last: string | undefined
      const path = `/v1/events/follow?${words(options)}`
      let answered = false
      let silent = false
      const onAnswer = (): void => {
        answered = true
        silent = false
      }
      for (;;) {
        let lost = 'The manager ended the connection.'
        try {
          for await (const { id, event, data } of told(place, { path, lastId: last, onAnswer })) {
            last = id ?? last
            const value: unknown = JSON.parse(data)
            if (event === 'skipped') output.note('Some events were not shown: there were too many.')
            if (event !== 'event') continue
            const found = FoundEvent.parse(value)
            output.record(found, () => print(found))
          }
        } catch (error) {
          if (!answered || !(error instanceof Fault) || error.code !== 'manager-unreachable') throw error
          lost = error.message
        }
        if (!silent) output.note(`${lost} Edges decide alone meanwhile. Waiting for it.`)
        silent = true
        await sleep(reconnectMs)
      }
    })
  examples(follow, ['bulkhead events follow --class P0,P1', 'watch all sites'])
}
