/** From a request to a link: who it is, whether there is room, and the switch to WebSocket. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import { Fault } from '#core/errors.ts'
import { linkProtocol } from '#schema/link-frames.ts'
import { frameLimit } from '#schema/link-values.ts'
import { told } from '../api/refusal.ts'
import type { Manager } from '../context.ts'
import type { Admission } from './admission.ts'
import { admit, type Admitted } from './gate.ts'
import type { Refuse } from './requests.ts'

const streamPath = '/link/v1/stream'
const reasons: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

const refusalText = (fault: Fault, status: number, wait: number | undefined): string => {
  const body = `${JSON.stringify({ error: fault })}\n`
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Refused'}`,
    'content-type: application/json; charset=utf-8',
    'connection: close',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(wait === undefined ? [] : [`retry-after: ${wait}`]),
  ]
  return [...head, '', body].join('\r\n')
}

export interface UpgradeOptions {
  readonly manager: Manager
  readonly begun: Admission
  readonly refused: Refuse
  /** @returns whoever is admitted; it says hello next */
  readonly opened: (ws: WebSocket, socket: Duplex, admitted: Admitted) => void
}

const offers = ({ headers }: IncomingMessage): boolean =>
  headers['sec-websocket-protocol']?.split(',').some((one) => one.trim() === linkProtocol) === true

const quiet = (): void => undefined

export const upgradeWith = ({ manager, begun, refused, opened }: UpgradeOptions) => {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: frameLimit.fromEdge,
    // JSON that is no UTF-8 has replacement characters in it, which no hash or name of ours survives.
    skipUTF8Validation: true,
    handleProtocols: () => linkProtocol,
  })

  const check = async (request: IncomingMessage, socket: Duplex): Promise<Admitted> => {
    if (request.url !== streamPath || request.method !== 'GET')
      throw new Fault('not-found', 'The link knows no such path.')
    if (!offers(request))
      throw new Fault('request-malformed', `The link speaks ${linkProtocol}, which was not offered.`, {
        advice: 'Edge and manager are of versions that do not fit together: upgrade the older one.',
      })
    return admit(manager, socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined)
  }

  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', quiet)
    const wait = begun.enter()
    try {
      if (wait !== undefined)
        throw new Fault('too-many-requests', 'There are too many edges at once.', {
          advice: `Wait ${wait} s, then try again.`,
        })
      const admitted = await check(request, socket)
      if (socket.destroyed) return
      sockets.handleUpgrade(request, socket, head, (ws) => {
        socket.off('error', quiet)
        opened(ws, socket, admitted)
      })
    } catch (error) {
      const { fault, status } = told(error)
      refused(fault, status, request.url ?? '', request.socket.remoteAddress ?? 'local')
      socket.end(refusalText(fault, status, wait))
      setTimeout(() => socket.destroy(), 1000).unref()
    } finally {
      if (wait === undefined) begun.leave()
    }
  }
}
