/** One link. There are ten thousand of them: numbers and references, no timers, no buffers, no functions of their own. */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { EventClass } from '#schema/event-kinds.ts'
import type { ToEdge } from '#schema/link-frames.ts'
import type { StateStream } from '#schema/link-objects.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { messageBytes, writeFrame } from './frames.ts'
import type { Admitted } from './gate.ts'

export interface Session {
  readonly edge: EdgeRef
  readonly ws: WebSocket
  readonly socket: Duplex
  /** ms since 1970 */
  readonly opened: number
  /** When the key that it showed was enrolled, ms since 1970. */
  readonly enrolled: number
  heard: number
  /** As the edge's row has it, since hello. */
  connected: number
  /** End of the certificate. */
  until: number
  /** Of the edge's events; nothing until it has said hello. */
  store: string | undefined
  /** Revision of each stream that the edge has, or will have once what was sent arrives; in the order of `stateStreams`. */
  readonly have: [number, number, number]
  /** Revision of its policy, as it said last. */
  policy: number
  /** Bits of streams: it has everything that there is; it is being brought there; its last digest was not as it should be. */
  live: number
  catching: number
  doubted: number
  /** Revisions that the edge was sent when it was found behind. */
  readonly behind: [number, number, number]
  /** Its reports that are not stored yet. */
  reports: Promise<void> | undefined
  /** Batches being stored, one of each class at most. */
  storing: Map<EventClass, Promise<void>> | undefined
  /** Frames that wait for the one before them. */
  queue: Buffer[] | undefined
  ended: boolean
  /** The edge has another link. */
  replaced: boolean
}

/** Bytes that wait for an edge which does not read; then its link ends, and it starts from what it has. */
const backlogLimit = 24 << 20

export const bitOf: Record<StateStream, number> = { orders: 1, permits: 2, risk: 4 }
export const placeOf = (stream: StateStream): 0 | 1 | 2 => (stream === 'orders' ? 0 : stream === 'permits' ? 1 : 2)

export const newSession = (
  { edge, until, enrolled }: Admitted,
  ws: WebSocket,
  socket: Duplex,
  now: number,
): Session => ({
  edge,
  ws,
  socket,
  opened: now,
  enrolled,
  heard: now,
  connected: 0,
  until,
  store: undefined,
  have: [0, 0, 0],
  policy: 0,
  live: 0,
  catching: 0,
  doubted: 0,
  behind: [0, 0, 0],
  reports: undefined,
  storing: undefined,
  queue: undefined,
  ended: false,
  replaced: false,
})

export const nameOf = ({ edge }: Session): string => `${edge.site}/${edge.edge}`

/** Past the library, which would write head and body apart; it sends nothing by itself but pongs and the close. */
export const sendBytes = (session: Session, bytes: Buffer): void => {
  if (session.ended || session.ws.readyState !== WebSocket.OPEN) return
  if (session.socket.writableLength > backlogLimit) session.ws.terminate()
  else session.socket.write(bytes)
}

export const send = (session: Session, frame: ToEdge): void => sendBytes(session, messageBytes(writeFrame(frame)))
