/** One WebSocket to a manager, over mutual TLS 1.3, on TCP or a unix socket. */
import { connect, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import type { Enrolled } from '#schema/link-enrolment.ts'
import { linkProtocol } from '#schema/link-frames.ts'
import { frameLimit } from '#schema/link-values.ts'
import { connectionOptions, type Endpoint } from './endpoint.ts'

const handshakeMs = 10_000

export interface Dialled {
  readonly socket: WebSocket
  /** Called with every new session ticket (RFC 8446, 4.6.1), for the next dial. */
  onSession: (ticket: Buffer) => void
}

export const dial = (
  endpoint: Endpoint,
  { certificate, authority }: Pick<Enrolled, 'certificate' | 'authority'>,
  key: string,
  ticket: Buffer | undefined,
): Dialled => {
  const { socketPath, ...rest } = { socketPath: undefined, ...connectionOptions(endpoint) }
  const open = (): TLSSocket => {
    const socket = connect({
      ...rest,
      ...(socketPath === undefined ? {} : { path: socketPath }),
      cert: certificate,
      key,
      ca: authority,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
      ...(ticket === undefined ? {} : { session: ticket }),
    })
    socket.on('session', (fresh) => dialled.onSession(fresh))
    return socket
  }
  const name = 'host' in endpoint ? (endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host) : 'localhost'
  const dialled: Dialled = {
    onSession: () => undefined,
    socket: new WebSocket(`wss://${name}/link/v1/stream`, linkProtocol, {
      createConnection: open,
      perMessageDeflate: false,
      maxPayload: frameLimit.toEdge,
      handshakeTimeout: handshakeMs,
      followRedirects: false,
    }),
  }
  return dialled
}
