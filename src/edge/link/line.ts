/**
 * The line to the manager: dials, again and again, until it is closed; notices a dead one; hands frames over. It knows nothing of what
 * they mean.
 */
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { messageOf } from '#core/errors.ts'
import type { Enrolled } from '#schema/link-enrolment.ts'
import { type FromEdge, ToEdge, type ToEdgeOf } from '#schema/link-frames.ts'
import { delay } from './backoff.ts'
import { dial } from './dial.ts'
import { parseEndpoint } from './endpoint.ts'
import type { DeviceKey } from './files.ts'

export interface LineOptions {
  /** As it is now: it changes with every renewal. */
  readonly enrolled: () => Enrolled
  readonly key: DeviceKey
  /** Before each dial; renews a certificate that has ended. Rejecting counts as a dial that failed. */
  readonly prepare: () => Promise<void>
  readonly hello: () => FromEdge
  readonly onWelcome: (welcome: ToEdgeOf<'welcome'>) => void
  readonly onFrame: (frame: Exclude<ToEdge, { type: 'welcome' | 'refused' }>) => void
  /** A frame that is none: what was wrong with it. */
  readonly onGarbage: (what: string) => void
  readonly onEnd: (why: string) => void
  /** ms between signs of life that this side sends; without any from the other for 2.5 times as long, it dials again. */
  readonly pulseMs?: number
  readonly chance?: () => number
}

export interface LineState {
  /** Since when the link stands or does not; ms since 1970. */
  readonly since: number
  readonly connected: boolean
  /** The address that answered. */
  readonly url?: string
  readonly manager?: string
  /** Why it does not stand. */
  readonly problem?: string
  readonly dials: number
}

export interface Line {
  /** False when there is no link, or when it takes no more for now. */
  readonly send: (frame: FromEdge) => boolean
  /** Bytes not yet given to the network. */
  readonly backlog: () => number
  readonly state: () => LineState
  /** Ends the link and dials again. */
  readonly redial: (why: string) => void
  readonly close: () => Promise<void>
}

const defaultPulseMs = 20_000
/** A link that held for so long counts as one that holds: then the first dial again comes soon. */
const holdingMs = 30_000
/** Bytes that may wait for the network. */
const backlogLimit = 4 << 20
/** From the dial to the welcome. */
const welcomeMs = 30_000
const refusalLimit = 4096

/** What a refused upgrade says: its status and the first words of its answer. */
const refusalOf = (response: IncomingMessage, told: (text: string, wait: number) => void): void => {
  const wait = Math.min(3600, Math.max(0, Number(response.headers['retry-after'] ?? 0) || 0))
  let text = ''
  const end = () => told(`the manager answered ${response.statusCode ?? 0}: ${text.slice(0, 300).trim()}`, wait)
  response.setEncoding('utf8').on('data', (part: string) => {
    if (text.length < refusalLimit) text += part
  })
  response.once('end', end)
  response.once('error', end)
}

export const openLine = (options: LineOptions): Line => {
  const { pulseMs = defaultPulseMs, chance = Math.random } = options
  let socket: WebSocket | undefined
  let closed = false
  let failures = 0
  let turn = 0
  let welcomed = 0
  let heard = 0
  let wait = 0
  let timer: NodeJS.Timeout | undefined
  let state: LineState = { since: Date.now(), connected: false, dials: 0 }

  const lost = (why: string): void => {
    socket = undefined
    const held = welcomed > 0 && performance.now() - welcomed > holdingMs
    failures = held ? 0 : failures + 1
    welcomed = 0
    if (!held) turn++
    const { url: _, manager: __, ...rest } = state
    state = { ...rest, since: state.connected ? Date.now() : state.since, connected: false, problem: why.slice(0, 400) }
    options.onEnd(why)
    if (!closed) timer = setTimeout(() => void attempt(), delay(failures - 1, chance(), wait))
    wait = 0
  }

  const take = (ws: WebSocket, url: string, text: string): void => {
    let document: unknown
    try {
      document = JSON.parse(text)
    } catch {
      document = undefined
    }
    const parsed = ToEdge.safeParse(document)
    if (!parsed.success) {
      options.onGarbage(parsed.error.issues[0]?.message ?? 'no frame')
      ws.close(1008, 'no frame of this protocol')
      return
    }
    const frame = parsed.data
    if (frame.type === 'refused') {
      wait = Math.min(3600, frame.wait ?? 0)
      state = { ...state, problem: `the manager refused: ${frame.text}`.slice(0, 400) }
      ws.close(1000)
      return
    }
    if (frame.type === 'welcome') {
      if (welcomed > 0) return
      welcomed = performance.now()
      const { problem: _, ...rest } = state
      state = { ...rest, since: Date.now(), connected: true, url, manager: frame.manager }
      options.onWelcome(frame)
    } else if (welcomed > 0) options.onFrame(frame)
  }

  const attempt = async (): Promise<void> => {
    try {
      await options.prepare()
    } catch (error) {
      lost(messageOf(error))
      return
    }
    if (closed) return
    const enrolled = options.enrolled()
    const url = enrolled.urls[turn % enrolled.urls.length] ?? ''
    const endpoint = parseEndpoint(url)
    if (endpoint === undefined) {
      lost(`${url} is no address of a manager`)
      return
    }
    state = { ...state, dials: state.dials + 1 }
    let ended = ''
    const ws = dial(endpoint, enrolled, options.key.pem)
    socket = ws
    heard = performance.now()
    const alive = () => (heard = performance.now())
    const pulse = setInterval(() => {
      if (performance.now() - heard > pulseMs * 2.5) {
        ended = 'it gave no sign of life'
        ws.terminate()
      } else if (ws.readyState === WebSocket.OPEN) ws.ping()
    }, pulseMs)
    ws.on('open', () => ws.send(JSON.stringify(options.hello())))
    const greeting = setTimeout(() => {
      if (welcomed > 0) return
      ended = 'the manager did not answer in time'
      ws.terminate()
    }, welcomeMs)
    ws.on('ping', alive)
    ws.on('pong', alive)
    ws.on('message', (data, binary) => {
      alive()
      if (ws.readyState !== WebSocket.OPEN) return
      if (binary || !Buffer.isBuffer(data)) ws.close(1003)
      else take(ws, url, data.toString('utf8'))
    })
    ws.on('unexpected-response', (_request, response) =>
      refusalOf(response, (text, seconds) => {
        ended = text
        wait = seconds
        ws.terminate()
      }),
    )
    ws.on('error', (error) => (ended ||= error.message))
    ws.once('close', (code, reason) => {
      clearInterval(pulse)
      clearTimeout(greeting)
      lost(ended || (state.problem ?? (reason.length > 0 ? reason.toString('utf8') : `the link ended (${code})`)))
    })
  }

  void attempt()
  return {
    send: (frame) => {
      if (socket?.readyState !== WebSocket.OPEN || welcomed === 0 || socket.bufferedAmount > backlogLimit) return false
      socket.send(JSON.stringify(frame))
      return true
    },
    backlog: () => socket?.bufferedAmount ?? 0,
    state: () => state,
    redial: (why) => {
      if (socket === undefined) return
      state = { ...state, problem: why }
      socket.close(1000, why.slice(0, 100))
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      const ws = socket
      if (ws === undefined) return
      await new Promise<void>((resolve) => {
        const late = setTimeout(() => ws.terminate(), 1000)
        ws.once('close', () => {
          clearTimeout(late)
          resolve()
        })
        if (ws.readyState === WebSocket.CONNECTING) ws.terminate()
        else ws.close(1001)
      })
    },
  }
}
