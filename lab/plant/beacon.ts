/**
 * How another terminal finds a running plant: an abstract unix socket (unix(7)) that answers with the process to enter. It has no
 * file, so nothing is left of it however the plant ends.
 */
import { statSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { json } from 'node:stream/consumers'
import { Fault } from '#core/errors.ts'

/** Plants of one user at the same time. */
const places = 8
const nameOf = (place: number): string => `\0bulkhead-lab-${process.getuid?.() ?? 0}-${place}`

export interface Running {
  /** First process of the plant's namespaces. */
  readonly pid: number
  readonly hosts: readonly string[]
  readonly started: number
}

const listen = (server: Server, place: number): Promise<boolean> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ path: nameOf(place) }, () => resolve(true))
  })

/** Answers until the process ends or `close` is called. Without a free place the plant runs all the same, unannounced. */
export const announce = async (running: Running): Promise<{ close(): void }> => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(JSON.stringify(running))
  })
  server.unref()
  for (let place = 0; place < places; place++) if (await listen(server, place)) break
  return { close: () => server.close() }
}

const isRunning = (value: unknown): value is Running =>
  typeof value === 'object' &&
  value !== null &&
  'pid' in value &&
  Number.isSafeInteger(value.pid) &&
  'started' in value &&
  typeof value.started === 'number' &&
  'hosts' in value &&
  Array.isArray(value.hosts) &&
  value.hosts.every((host) => typeof host === 'string')

/** Anybody can take a name: only a process of the same user is ever entered. */
const isOurs = ({ pid }: Running): boolean => {
  try {
    return statSync(`/proc/${pid}`).uid === process.getuid?.()
  } catch {
    return false
  }
}

const ask = async (place: number): Promise<Running | undefined> => {
  const socket = connect({ path: nameOf(place) })
  socket.setTimeout(1000, () => socket.destroy())
  try {
    const answer: unknown = await json(socket)
    return isRunning(answer) && isOurs(answer) ? answer : undefined
  } catch {
    return undefined
  }
}

/**
 * The plant of this user that was started last.
 * @throws Fault `not-found`
 */
export const runningPlant = async (): Promise<Running> => {
  const answers = await Promise.all(Array.from({ length: places }, (_, place) => ask(place)))
  const [newest] = answers.filter((answer) => answer !== undefined).toSorted((a, b) => b.started - a.started)
  if (newest === undefined)
    throw new Fault('not-found', 'No plant of yours is running.', { advice: 'Start one: ./bulkhead lab run' })
  return newest
}
