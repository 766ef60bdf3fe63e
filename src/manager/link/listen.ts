/** The two ears of the link: TCP and a path-name unix socket, mutual TLS 1.3 on both. */
import { constants } from 'node:crypto'
import { chmodSync, unlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { Socket } from 'node:net'
import type { ServerCertificate } from '../tls/authority.ts'
import { networkOf, places } from '../places.ts'

export interface LinkLimits {
  /** Handshakes under way over TCP. */
  readonly handshakes: number
  /** Requests and hellos being served. */
  readonly served: number
  /** ms for a handshake, a request, and the first frame. */
  readonly patienceMs: number
  readonly connections: number
}
export const usualLinkLimits: LinkLimits = { handshakes: 256, served: 64, patienceMs: 10_000, connections: 20_000 }

const headerLimit = 8192

/**
 * Memory for each link is mostly OpenSSL's, and three settings decide over it. Without them a link costs 80 kB instead of 50:
 * X25519, because OpenSSL keeps the ML-KEM share of the other side (6 kB) for as long as the link lives; no tickets, because two of them
 * do not fit into the first write buffer, and the second one (16 kB) stays. A full handshake costs two P-256 operations a side, which is
 * little beside the rest of taking a link.
 */
const secretsOf = ({ cert, key }: ServerCertificate, ca: string) => ({
  // The authority goes along: an edge that enrols knows it by its hash alone.
  cert: `${cert.trim()}\n${ca}`,
  key,
  ca,
  minVersion: 'TLSv1.3' as const,
  ecdhCurve: 'X25519',
  secureOptions: constants.SSL_OP_NO_TICKET,
})

/** Another certificate for who dials from now on; links that stand are left as they are. */
export const showAtLink = (server: Server, certificate: ServerCertificate, ca: string): void =>
  server.setSecureContext(secretsOf(certificate, ca))

export const linkServer = (certificate: ServerCertificate, ca: string, limits: LinkLimits): Server => {
  const { patienceMs } = limits
  const server = createServer({
    ...secretsOf(certificate, ca),
    ALPNProtocols: ['http/1.1'],
    requestCert: true,
    // The certificate is judged by link/gate: then a refusal has words, and enrolment needs none.
    rejectUnauthorized: false,
    maxHeaderSize: headerLimit,
    handshakeTimeout: patienceMs,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    connectionsCheckingInterval: Math.min(1000, patienceMs),
    keepAlive: false,
  })
  server.maxConnections = limits.connections
  const room = places(limits.handshakes)
  const under = new Map<string, () => void>()
  const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress ?? ''} ${remotePort ?? ''}`
  // Before TLS nothing can be said: who comes in the middle of a storm is let go, and comes again by its own delay.
  server.prependListener('connection', (socket: Socket) => {
    // Over the unix socket nobody has an address, so there is no share either: the directory decides who dials.
    if (socket.remotePort === undefined) return
    const end = room.take(networkOf(socket.remoteAddress ?? ''))
    if (end === undefined) {
      socket.destroy()
      return
    }
    const key = keyOf(socket)
    const ended = (): void => {
      end()
      if (under.get(key) === ended) under.delete(key)
    }
    under.set(key, ended)
    socket.once('close', ended)
  })
  server.on('secureConnection', (socket) => {
    under.get(keyOf(socket))?.()
  })
  return server
}

const listening = (server: Server, where: Parameters<Server['listen']>[0]): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** @returns the port */
export const listenAt = async (
  server: Server,
  at: { readonly host: string; readonly port: number },
): Promise<number> => {
  await listening(server, at)
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : at.port
}

/**
 * Everybody on the machine may dial it (0666): who they are, their certificate says, as on TCP. The directory above decides who gets
 * as far as the socket.
 */
export const listenOn = async (server: Server, path: string): Promise<void> => {
  try {
    unlinkSync(path)
  } catch {
    // There is none, or listening says what is wrong with it.
  }
  await listening(server, { path })
  chmodSync(path, 0o666)
}
