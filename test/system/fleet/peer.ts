/** Plays the manager's side of the link, in memory: what it stored once, what it sent, and what came back. */
import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import * as z from 'zod'
import type { ObjectSigner } from '#manager/fleet/signer.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import { FromEdge, type FromEdge as Frame, linkProtocol, type ToEdge } from '#schema/link-frames.ts'
import type { OrderObject, Signed } from '#schema/link-objects.ts'
import { type EdgeIdentity, frameLimit, reaches, Scope } from '#schema/link-values.ts'
import type { TestAuthority } from './authority.ts'

export interface Session extends EdgeIdentity {
  readonly socket: WebSocket
  have: number
}
interface Store {
  readonly seqs: Map<EventClass, number>
  /** Bodies by class, each as often as it was new. */
  readonly bodies: string[]
  head: { n: number; hash: string }
}

const Scoped = z.object({ scope: Scope })
const id = /^URI:spiffe:\/\/bulkhead\/site\/([a-z0-9-]+)\/edge\/([a-z0-9-]+)$/

export interface PeerOptions {
  readonly authority: TestAuthority
  readonly signer: ObjectSigner
  readonly where: { readonly path: string } | { readonly host: string; readonly port: number }
  /** Every so-manieth batch is stored, and its acknowledgement is lost with the line. */
  readonly loseAck?: number
}

export const startPeer = async ({ authority, signer, where, loseAck }: PeerOptions) => {
  const { cert, key } = authority.server
  const server = createServer({ ca: authority.certificate, cert, key, requestCert: true, minVersion: 'TLSv1.3' })
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: frameLimit.fromEdge })
  const sessions = new Set<Session>()
  const stores = new Map<string, Store>()
  const reports: Extract<Frame, { type: 'state-report' | 'policy-report' }>[] = []
  const digests = new Map<string, Extract<Frame, { type: 'digest' }>>()
  const log: Signed[] = []
  const wrong: string[] = []
  let batches = 0
  let listener: (event: unknown) => void = () => undefined

  const send = (session: Session, frame: ToEdge): void => session.socket.send(JSON.stringify(frame))
  const storeOf = (name: string): Store => {
    const found = stores.get(name) ?? { seqs: new Map(), bodies: [], head: { n: 0, hash: '0'.repeat(64) } }
    stores.set(name, found)
    return found
  }
  const stream = (session: Session): void => {
    const objects = log.slice(session.have).filter(({ body }) => reaches(Scoped.parse(JSON.parse(body)).scope, session))
    if (log.length > session.have)
      send(session, { type: 'state', stream: 'orders', from: session.have, to: log.length, objects })
    session.have = log.length
  }
  const events = (session: Session, frame: Extract<Frame, { type: 'events' }>): void => {
    const store = storeOf(frame.store)
    for (const { seq, body, n, prev, hash } of frame.events) {
      if (seq <= (store.seqs.get(frame.class) ?? 0)) continue
      store.seqs.set(frame.class, seq)
      store.bodies.push(body)
      if (frame.class === 'P0') {
        if (n !== store.head.n + 1 || prev !== store.head.hash) wrong.push(`the chain of ${frame.store} breaks at ${n}`)
        store.head = { n: n ?? 0, hash: hash ?? '' }
      }
      listener(JSON.parse(body))
    }
    if (loseAck !== undefined && ++batches % loseAck === 0) session.socket.terminate()
    else send(session, { type: 'ack', store: frame.store, class: frame.class, seq: store.seqs.get(frame.class) ?? 0 })
  }
  const heard = (session: Session, text: string): void => {
    const frame = FromEdge.safeParse(JSON.parse(text)).data
    if (frame === undefined) {
      wrong.push(text.slice(0, 200))
      return
    }
    switch (frame.type) {
      case 'hello': {
        const acknowledged = Object.fromEntries(storeOf(frame.store).seqs)
        session.have = frame.have.orders
        send(session, { type: 'welcome', at: Date.now(), manager: 'peer', digest: 30, acknowledged })
        stream(session)
        break
      }
      case 'events':
        events(session, frame)
        break
      case 'digest':
        digests.set(session.edge, frame)
        break
      case 'state-report':
      case 'policy-report':
        reports.push(frame)
        break
      case 'renew':
        break
    }
  }
  server.on('upgrade', (request, socket, head) => {
    const shown = socket instanceof TLSSocket ? (socket.getPeerX509Certificate()?.subjectAltName ?? '') : ''
    const [, site, edge] = id.exec(shown) ?? []
    if (site === undefined || edge === undefined || request.url !== '/link/v1/stream') {
      wrong.push(`${request.url} by ${shown}`)
      socket.destroy()
      return
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      const session: Session = { site, edge, socket: ws, have: 0 }
      if (ws.protocol !== linkProtocol) wrong.push(`protocol ${ws.protocol}`)
      sessions.add(session)
      ws.on('message', (data) => heard(session, Buffer.isBuffer(data) ? data.toString() : ''))
      ws.on('close', () => sessions.delete(session))
      ws.on('error', () => undefined)
    })
  })
  await new Promise<void>((resolve) => server.listen({ ...where, backlog: 4096 }, resolve))
  const address = server.address()

  return {
    place:
      typeof address === 'object' && address !== null
        ? { host: '127.0.0.1', port: address.port }
        : { path: String(address) },
    sessions,
    stores,
    reports,
    digests,
    wrong,
    onEvent: (next: (event: unknown) => void): void => void (listener = next),
    /** Signs, numbers and sends; @returns its revision */
    order: (draft: Omit<OrderObject, 'revision' | 'type'>): number => {
      const revision = log.length + 1
      const object = signer.sign({ type: 'order', ...draft, revision })
      log.push(object)
      const reached = JSON.stringify({
        type: 'state',
        stream: 'orders',
        from: revision - 1,
        to: revision,
        objects: [object],
      })
      const other = JSON.stringify({ type: 'state', stream: 'orders', from: revision - 1, to: revision, objects: [] })
      for (const session of sessions) {
        session.have = revision
        session.socket.send(reaches(draft.scope, session) ? reached : other)
      }
      return revision
    },
    /** To all of them, as it is. */
    send: (frame: unknown): void => {
      for (const { socket } of sessions) socket.send(JSON.stringify(frame))
    },
    /** Everything that was sent, for replaying it. */
    log,
    close: async (): Promise<void> => {
      for (const { socket } of sessions) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
export type Peer = Awaited<ReturnType<typeof startPeer>>
