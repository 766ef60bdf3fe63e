/** Simulated edges with their lines, in one process: one clock for all of them, nothing per edge but what it holds. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { EventClass } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import type { FromEdge } from '#schema/link-frames.ts'
import type { StateObject } from '#schema/link-objects.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import { type Around, digest, hello, newEdge, noneCounted, received, type SimEdge } from './edge.ts'
import { frameReader } from './frames.ts'
import { dial, type Place } from './line.ts'
import { countWaiting, due, lineLost, put } from './outbox.ts'
import type { Credentials } from './svid.ts'
import { verifierOf } from './verify.ts'

export interface Member extends EdgeIdentity {
  readonly credentials: Credentials
}
export interface FleetOptions {
  readonly members: readonly Member[]
  readonly place: Place
  /** Further managers, dialled in turn when one does not answer, as edges do. */
  readonly others?: readonly Place[]
  /** PEM of the manager's authority, and SPKI in PEM of the key that signs what goes down. */
  readonly ca: string
  readonly signer: string
  readonly version: string
  /** Tells apart what different runs tell: a store counts its events from 1. */
  readonly run: string
  /** Lines that are dialled at the same time; all of them when absent. */
  readonly abreast?: number
  /** An order or another object is in force at an edge. */
  readonly onState?: (edge: SimEdge, object: StateObject) => void
  readonly onTrouble?: (what: string) => void
  /** Then nothing is waited for any more. */
  readonly stopped?: AbortSignal
}

const tickMs = 100
/** Full jitter below a bound that doubles, as edges do. */
const backOffMs = { least: 500, most: 30_000 } as const
const patienceMs = 60_000
/** From an open line to the welcome. */
const welcomeMs = 30_000
/** Between words about those who are still missing. */
const progressMs = 10_000
/** About what a real edge takes until an order is on its disk and in its kernel, and it says so (benchmark `order-latency`). */
const reportMs = 15

interface Line {
  readonly edge: SimEdge
  readonly credentials: Credentials
  socket: WebSocket | undefined
  attempts: number
  /** Place that is dialled. */
  turn: number
  /** ms since 1970 */
  dialAt: number
  digestAt: number
  /** When there will have been no answer to the hello. */
  welcomeBy: number
}

export const startFleet = (options: FleetOptions) => {
  const { members, ca, onTrouble = () => undefined, onState = () => undefined } = options
  const places = [options.place, ...(options.others ?? [])]
  const abreast = options.abreast ?? members.length
  const verifier = verifierOf(options.signer)
  const read = frameReader()
  const totals = noneCounted()
  const lines: readonly Line[] = members.map(({ site, edge, credentials }) => ({
    edge: newEdge({ site, edge }, `${options.run}-${site}-${edge}`),
    credentials,
    socket: undefined,
    attempts: 0,
    turn: 0,
    dialAt: Number.POSITIVE_INFINITY,
    digestAt: Number.POSITIVE_INFINITY,
    welcomeBy: Number.POSITIVE_INFINITY,
  }))
  let digestMs = 30_000
  let dialling = 0
  let welcome = 0
  let made = 0
  let lost = 0
  let unanswered = 0
  /** Nobody dials: else a line that ended early would be there again before the last one ends. */
  let isCut = false

  const around: Around = {
    now: Date.now,
    bodyOf: (object) => verifier.bodyOf(object),
    count: (what, many = 1) => void (totals[what] += many),
    onState,
  }
  const send = (line: Line, frames: readonly FromEdge[]): void => {
    for (const frame of frames) line.socket?.send(JSON.stringify(frame))
  }

  /**
   * What edges say about an object goes out a moment later, when the others have taken it, too: each of them would have a processor of its
   * own, and none would wait for the report of another.
   */
  let unsent: (readonly [Line, readonly FromEdge[]])[] = []
  const sendUnsent = (): void => {
    const all = unsent
    unsent = []
    for (const [line, frames] of all) send(line, frames)
  }
  const sendLater = (line: Line, frames: readonly FromEdge[]): void => {
    if (unsent.length === 0) setTimeout(sendUnsent, reportMs)
    unsent.push([line, frames])
  }

  const ended = (line: Line, socket: WebSocket, wasDialling: boolean): void => {
    if (line.socket !== socket) return
    line.socket = undefined
    if (wasDialling) dialling--
    if (line.edge.welcome) {
      welcome--
      lost++
    } else line.turn++
    line.edge.welcome = false
    line.welcomeBy = Number.POSITIVE_INFINITY
    line.digestAt = Number.POSITIVE_INFINITY
    lineLost(line.edge.outbox)
    if (line.dialAt !== Number.POSITIVE_INFINITY) return
    const bound = Math.min(backOffMs.most, backOffMs.least * 2 ** line.attempts++)
    line.dialAt = Date.now() + Math.random() * bound
  }
  const heard = (line: Line, text: string): void => {
    const frame = read(text)
    if (frame === undefined) {
      around.count('refused')
      return
    }
    if (frame.type === 'refused') {
      onTrouble(`${frame.code}: ${frame.text}`)
      line.dialAt = Date.now() + (0.5 + Math.random()) * 1000 * (frame.wait ?? 1)
    }
    const answers = received(line.edge, frame, around)
    if (frame.type === 'state') sendLater(line, answers)
    else send(line, answers)
    if (frame.type !== 'welcome') return
    welcome++
    line.attempts = 0
    line.welcomeBy = Number.POSITIVE_INFINITY
    digestMs = frame.digest * 1000
    // The first went out with the answer to the welcome; the next ones are spread, as those of real edges are.
    line.digestAt = Date.now() + digestMs * (0.5 + Math.random() / 2)
  }
  const call = (line: Line): void => {
    dialling++
    line.dialAt = Number.POSITIVE_INFINITY
    const socket = dial({
      place: places[line.turn % places.length]!,
      ca,
      credentials: line.credentials,
      patience: patienceMs,
    })
    line.socket = socket
    let isDialling = true
    socket.on('open', () => {
      isDialling = false
      dialling--
      line.welcomeBy = Date.now() + welcomeMs
      send(line, [hello(line.edge, options.version, Date.now())])
    })
    // A text frame arrives as one buffer.
    socket.on('message', (data) => heard(line, Buffer.isBuffer(data) ? data.toString('utf8') : ''))
    socket.on('error', (error) => onTrouble(error.message))
    socket.on('close', () => ended(line, socket, isDialling))
  }

  const tick = (): void => {
    const now = Date.now()
    for (const line of lines) {
      if (line.socket === undefined) {
        if (line.dialAt <= now && dialling < abreast && !isCut) call(line)
      } else if (line.digestAt <= now) {
        line.digestAt = now + digestMs
        send(line, [digest(line.edge, now)])
      } else if (line.welcomeBy <= now) {
        unanswered++
        line.socket.terminate()
      }
    }
  }
  const ticker = setInterval(tick, tickMs)

  /** Resolves when every edge is welcome, or it is stopped. @returns ms */
  const allWelcome = async (): Promise<number> => {
    const start = performance.now()
    for (let said = start; welcome < lines.length && options.stopped?.aborted !== true; await sleep(20)) {
      if (performance.now() - said < progressMs) continue
      said = performance.now()
      onTrouble(`${welcome} of ${lines.length} edges are welcome`)
    }
    return performance.now() - start
  }
  /** @param within ms over which the dialling is spread, as full jitter does */
  const connect = (within = 0): Promise<number> => {
    isCut = false
    const now = Date.now()
    for (const line of lines)
      if (line.socket === undefined) line.dialAt = within === 0 ? now : now + Math.random() * within
    tick()
    return allWelcome()
  }
  /** All lines end, without a word. They stay so until {@link connect}. */
  const cut = async (): Promise<void> => {
    isCut = true
    for (const line of lines) line.socket?.terminate()
    while (lines.some(({ socket }) => socket !== undefined)) await sleep(20)
    for (const line of lines) line.dialAt = Number.POSITIVE_INFINITY
  }
  /** The edge at that place has something to tell. */
  const tell = (at: number, make: (edge: SimEdge) => Event): Event => {
    const line = lines[at % lines.length]!
    const event = make(line.edge)
    put(line.edge.outbox, event)
    made++
    if (line.edge.welcome) send(line, due(line.edge.outbox, line.edge.store))
    return event
  }

  return {
    connect,
    cut,
    tell,
    edges: lines.map(({ edge }) => edge),
    figures: () => ({
      edges: lines.length,
      welcome,
      linesLost: lost,
      hellosUnanswered: unanswered,
      eventsMade: made,
      eventsWaiting: lines.reduce((sum, { edge }) => sum + countWaiting(edge.outbox), 0),
      ...totals,
      signaturesVerified: verifier.verified,
      signaturesSeenBefore: verifier.repeated,
    }),
    waiting: (name: EventClass): number =>
      lines.reduce((sum, { edge }) => sum + (edge.outbox.classes.get(name)?.events.length ?? 0), 0),
    close: async (): Promise<void> => {
      clearInterval(ticker)
      await cut()
    },
  }
}
export type Fleet = ReturnType<typeof startFleet>
