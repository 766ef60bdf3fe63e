/** The line of one simulated edge: a WebSocket in mutual TLS 1.3, over TCP or a unix socket. */
import { connect } from 'node:tls'
import { WebSocket } from 'ws'
import { Fault } from '#core/errors.ts'
import { linkProtocol } from '#schema/link-frames.ts'
import { frameLimit } from '#schema/link-values.ts'
import type { Credentials } from './svid.ts'

/** Where a manager is. */
export type Place = { readonly path: string } | { readonly host: string; readonly port: number }

/** `unix:PATH`, `wss://HOST:PORT` or `HOST:PORT`. @throws Fault `usage` */
export const placeOf = (text: string): Place => {
  if (text.startsWith('unix:')) return { path: text.slice(5) }
  const { hostname, port } = URL.parse(text.includes('://') ? text : `wss://${text}`) ?? { hostname: '', port: '' }
  if (hostname === '' || port === '')
    throw new Fault('usage', `${text} is no place such as wss://manager:8444 or unix:PATH.`)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}

export interface LineOptions {
  readonly place: Place
  /** PEM of the authority that issued the manager's certificate. */
  readonly ca: string
  readonly credentials: Credentials
  /** Milliseconds from dialling to an open WebSocket. */
  readonly patience: number
}

/** Nothing was received yet, and no listeners are attached. */
export const dial = ({ place, ca, credentials, patience }: LineOptions): WebSocket =>
  new WebSocket(`wss://${'path' in place ? 'localhost' : 'manager'}/link/v1/stream`, linkProtocol, {
    perMessageDeflate: false,
    maxPayload: frameLimit.toEdge,
    skipUTF8Validation: true,
    handshakeTimeout: patience,
    createConnection: () =>
      connect({
        ...place,
        minVersion: 'TLSv1.3',
        ca,
        cert: credentials.certificate,
        key: credentials.key,
        // The authority is the manager's own and issues server certificates to nobody else: names do not matter.
        checkServerIdentity: () => undefined,
      }),
  })
