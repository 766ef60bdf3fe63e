/**
 * A small manager for tests: a WebSocket server with mutual TLS and real signatures that speaks schema/link-frames.ts and collects. It
 * decides nothing; what it sends is what a test says.
 */
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import { text } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import type { EventClass } from '#schema/event-kinds.ts'
import { type Enrolled, EnrolRequest, enrolText, RenewRequest, renewText } from '#schema/link-enrolment.ts'
import {
  type Digest,
  FromEdge,
  type Hello,
  linkProtocol,
  type PolicyReport,
  type SentEvent,
  type StateReport,
  type ToEdge,
} from '#schema/link-frames.ts'
import { StateObject, streamOf, type StateStream } from '#schema/link-objects.ts'
import { type EdgeIdentity, spiffeId } from '#schema/link-values.ts'
import { sha256, stateDigest } from '#schema/chain.ts'
import { makeAuthority, type Authority } from './authority.ts'

export interface PeerOptions {
  readonly identity: EdgeIdentity
  /** Unix socket; a TCP port of 127.0.0.1 when absent. */
  readonly path?: string
  readonly authority?: Authority
  /** Life of a certificate in ms. */
  readonly life?: number
  /** Seconds between digests. */
  readonly digest?: number
}

export class Peer {
  readonly options: PeerOptions
  readonly authority: Authority
  readonly domain = 'test.example'
  readonly secret = 's'.repeat(43)
  /** By store and class, each event once, in the order of arrival. */
  readonly events = new Map<string, SentEvent[]>()
  readonly #seen = new Map<string, number>()
  /** Events that came again although they had been acknowledged. */
  again = 0
  readonly hellos: Hello[] = []
  readonly digests: Digest[] = []
  readonly policyReports: PolicyReport[] = []
  readonly stateReports: (StateReport & { received: number })[] = []
  enrolments = 0
  renewals = 0
  /** False: takes events and acknowledges none. */
  acknowledging = true
  /** False: no sign of life, not even to a ping. */
  alive = true
  refusing: Extract<ToEdge, { type: 'refused' }> | undefined
  life: number
  readonly revisions: Record<StateStream, number> = { orders: 0, permits: 0, risk: 0 }
  readonly objects: StateObject[] = []
  url = ''
  #server = createServer()
  #sockets = new Set<WebSocket>()
  #connections = new Set<TLSSocket>()
  onHello: (hello: Hello) => void = () => {}

  constructor(options: PeerOptions) {
    this.options = options
    this.authority = options.authority ?? makeAuthority()
    this.life = options.life ?? 86_400_000
  }

  async start(): Promise<void> {
    const { server: pair, certificate } = this.authority
    this.#server = createServer({
      ...pair,
      ca: certificate,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    })
    const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, autoPong: false })
    this.#server.on('request', (request, response) => void this.#answer(request, response))
    this.#server.on('secureConnection', (socket) => void this.#connections.add(socket))
    this.#server.on('upgrade', (request, socket, head) => {
      const shown = socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate().subjectaltname : ''
      if (request.url !== '/link/v1/stream' || shown !== `URI:${spiffeId(this.domain, this.options.identity)}`) {
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\nretry-after: 1\r\n\r\nnope')
        return
      }
      upgrades.handleUpgrade(request, socket, head, (ws) => this.#serve(ws))
    })
    const { path } = this.options
    if (path !== undefined) rmSync(path, { force: true })
    const port = this.url.startsWith('wss') ? Number(new URL(this.url).port) : 0
    if (path === undefined) this.#server.listen(port, '127.0.0.1')
    else this.#server.listen(path)
    await once(this.#server, 'listening')
    const bound = this.#server.address()
    this.url = typeof bound === 'string' || bound === null ? `unix:${path ?? ''}` : `wss://127.0.0.1:${bound.port}`
  }

  /** Gone as by kill -9: nothing is said. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate()
    for (const socket of this.#connections) socket.destroy()
    this.#sockets.clear()
    this.#connections.clear()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  token(change: { ca?: string } = {}): string {
    const token = { urls: [this.url], ca: this.authority.hash, secret: this.secret, ...change }
    return `bhe_${Buffer.from(JSON.stringify(token)).toString('base64url')}`
  }

  get connected(): boolean {
    return this.#sockets.size > 0
  }

  send(frame: ToEdge): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(frame))
  }
  /** Resolves when the frame lies in the socket of the other end, whether or not that reads it (of a unix socket). */
  async deliver(frame: ToEdge): Promise<void> {
    const words = JSON.stringify(frame)
    await Promise.all(
      [...this.#sockets].map(
        (socket) =>
          new Promise<void>((resolve, reject) =>
            socket.send(words, (error) => {
              if (error === undefined || error === null) resolve()
              else reject(error)
            }),
          ),
      ),
    )
  }
  raw(words: string): void {
    for (const socket of this.#sockets) socket.send(words)
  }
  cut(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  /** Numbers an object, remembers it and makes the frame that brings it alone. */
  add(object: {
    readonly type: StateObject['type']
    readonly [name: string]: unknown
  }): Extract<ToEdge, { type: 'state' }> {
    const stream = streamOf[object.type]
    const made = StateObject.parse({ ...object, revision: this.revisions[stream] + 1 })
    this.revisions[stream] = made.revision
    this.objects.push(made)
    return { type: 'state', stream, from: made.revision - 1, to: made.revision, objects: [this.authority.sign(made)] }
  }

  snapshot(stream: StateStream, objects: readonly StateObject[], revision = this.revisions[stream]): ToEdge {
    const hash = stateDigest(objects)
    const head = { type: 'snapshot', stream, ...this.options.identity, revision, count: objects.length, hash, at: 1 }
    const signed = objects.map((one) => this.authority.sign(one))
    return { type: 'state', stream, from: 0, to: revision, snapshot: this.authority.sign(head), objects: signed }
  }

  policy(revision: number, document: string, confirm = 60, more: object = {}): ToEdge {
    const { site, edge } = this.options.identity
    const object = { type: 'policy', site, edge, revision, text: document, digest: sha256(document), confirm }
    return { type: 'policy', object: this.authority.sign({ ...object, by: 'ana', at: Date.now(), ...more }) }
  }
  confirm(revision: number): ToEdge {
    const object = { type: 'confirm', ...this.options.identity, revision, at: Date.now() }
    return { type: 'confirm', object: this.authority.sign(object) }
  }

  /** Events of a class, of the store that came last unless one is named. */
  of(name: EventClass, store = this.hellos.at(-1)?.store ?? ''): readonly SentEvent[] {
    return this.events.get(`${store} ${name}`) ?? []
  }

  #certificate(key: Buffer): { certificate: string; until: number } {
    const now = Date.now()
    const until = now + this.life
    const certificate = this.authority.issue(this.options.identity, this.domain, key, now - 1000, until)
    return { certificate, until }
  }

  #device: Buffer = Buffer.alloc(0)
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = (status: number, document: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    }
    const body: unknown = JSON.parse(await text(request))
    const holds = (words: string, proof: string): boolean =>
      verify(
        'sha256',
        Buffer.from(words),
        createPublicKey({ key: this.#device, format: 'der', type: 'spki' }),
        Buffer.from(proof, 'base64'),
      )
    if (request.url === '/link/v1/enrol') {
      const { secret, publicKey, proof } = EnrolRequest.parse(body)
      if (secret !== this.secret) {
        end(403, { error: { what: 'The token is not valid.' } })
        return
      }
      this.#device = Buffer.from(publicKey, 'base64')
      this.enrolments++
      const { authority, domain, url } = this
      const { certificate, signer } = authority
      const given: Enrolled = {
        ...this.options.identity,
        domain,
        authority: certificate,
        signer,
        urls: [url],
        ...this.#certificate(this.#device),
      }
      end(holds(enrolText(secret), proof) ? 200 : 403, given)
    } else {
      const { at, signature } = RenewRequest.parse(body)
      this.renewals++
      const proven = holds(renewText(spiffeId(this.domain, this.options.identity), at), signature)
      end(proven ? 200 : 403, { type: 'svid', ...this.#certificate(this.#device) })
    }
  }

  #serve(ws: WebSocket): void {
    if (ws.protocol !== linkProtocol) ws.close()
    this.#sockets.add(ws)
    ws.on('close', () => this.#sockets.delete(ws))
    ws.on('error', () => ws.terminate())
    ws.on('ping', () => this.alive && ws.pong())
    ws.on('message', (data) => {
      if (!Buffer.isBuffer(data)) return
      this.#take(ws, FromEdge.parse(JSON.parse(data.toString())))
    })
  }

  #take(ws: WebSocket, frame: FromEdge): void {
    const send = (answer: ToEdge): void => ws.send(JSON.stringify(answer))
    switch (frame.type) {
      case 'hello': {
        this.hellos.push(frame)
        if (this.refusing !== undefined) {
          send(this.refusing)
          ws.close()
          return
        }
        if (!this.alive) return
        const acknowledged = Object.fromEntries(
          [...this.#seen].flatMap(([key, seq]) => {
            const [store, name] = key.split(' ')
            return store === frame.store && name !== undefined ? [[name, seq]] : []
          }),
        )
        send({ type: 'welcome', at: Date.now(), manager: 'peer-1', digest: this.options.digest ?? 30, acknowledged })
        this.onHello(frame)
        return
      }
      case 'events': {
        const key = `${frame.store} ${frame.class}`
        const list = this.events.get(key) ?? []
        this.events.set(key, list)
        const seen = this.#seen.get(key) ?? 0
        for (const event of frame.events)
          if (event.seq <= seen) this.again++
          else list.push(event)
        if (!this.acknowledging) {
          // As a manager that died before its transaction ended: nothing of the batch is there.
          list.length = Math.max(0, list.length - frame.events.filter(({ seq }) => seq > seen).length)
          return
        }
        const seq = Math.max(seen, frame.events.at(-1)?.seq ?? 0)
        this.#seen.set(key, seq)
        send({ type: 'ack', store: frame.store, class: frame.class, seq })
        return
      }
      case 'digest':
        this.digests.push(frame)
        return
      case 'policy-report':
        this.policyReports.push(frame)
        return
      case 'state-report':
        this.stateReports.push({ ...frame, received: Date.now() })
        return
      case 'renew':
        this.renewals++
        send({ type: 'svid', ...this.#certificate(this.#device) })
    }
  }
}

export const startPeer = async (options: PeerOptions): Promise<Peer> => {
  const peer = new Peer(options)
  await peer.start()
  return peer
}

export const namesOf = (certificate: string): string => new X509Certificate(certificate).subjectAltName ?? ''
