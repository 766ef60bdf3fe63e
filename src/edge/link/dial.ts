/** One WebSocket to a manager, over mutual TLS 1.3, on TCP or a unix socket. */
import { connect } from 'node:tls'
import { WebSocket } from 'ws'
import type { Enrolled } from '#schema/link-enrolment.ts'
import { linkProtocol } from '#schema/link-frames.ts'
import { frameLimit } from '#schema/link-values.ts'
import { connectionOptions, type Endpoint } from './endpoint.ts'

const handshakeMs = 10_000

/** Each dial is a full handshake: a manager gives no session tickets (docs/decisions/018). */
export const dial = (
  endpoint: Endpoint,
  { certificate, authority }: Pick<Enrolled, 'certificate' | 'authority'>,
  key: string,
): WebSocket => {
  const { socketPath, ...rest } = { socketPath: undefined, ...connectionOptions(endpoint) }
  const name = 'host' in endpoint ? (endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host) : 'localhost'
  return new WebSocket(`wss://${name}/link/v1/stream`, linkProtocol, {
    createConnection: () =>
      connect({
        ...rest,
        ...(socketPath === undefined ? {} : { path: socketPath }),
        cert: certificate,
        key,
        ca: authority,
        minVersion: 'TLSv1.3',
        ALPNProtocols: ['http/1.1'],
      }),
    perMessageDeflate: false,
    maxPayload: frameLimit.toEdge,
    handshakeTimeout: handshakeMs,
    followRedirects: false,
  })
}
