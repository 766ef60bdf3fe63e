/** The manager's end of the links: puts the parts together. docs/link.md. */
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Server } from 'node:https'
import type { WebSocket } from 'ws'
import { Fault } from '#core/errors.ts'
import { refuseParser } from '../api/refusal.ts'
import { dialledElsewhere, type Hints } from '../bus/bus.ts'
import type { Manager } from '../context.ts'
import { authorityFor, setLinkUrls } from '../fleet/place.ts'
import { policyFrames } from '../policies/desired.ts'
import { readHeads } from '../state/heads.ts'
import type { ServerCertificate } from '../tls/authority.ts'
import { admission } from './admission.ts'
import { catchUpWith } from './catch-up.ts'
import { digestsWith } from './digests.ts'
import type { Admitted } from './gate.ts'
import { helloWith, letAllGo, letGo } from './hello.ts'
import { openHub } from './hub.ts'
import { type LinkLimits, linkServer, listenAt, listenOn, showAtLink, usualLinkLimits } from './listen.ts'
import { beat } from './pulse.ts'
import { receiverWith } from './receive.ts'
import { answer } from './requests.ts'
import { nameOf, newSession, send, type Session } from './session.ts'
import { twiceWith } from './twice.ts'
import { upgradeWith } from './upgrade.ts'

export interface LinkOptions {
  readonly manager: Manager
  /** Of the own authority, whatever the API shows. */
  readonly certificate: ServerCertificate
  /** Without it, there is the unix socket alone. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined
  /** Names for edges to dial, of which the certificate speaks. */
  readonly hosts: readonly string[]
  readonly limits?: Partial<LinkLimits>
  readonly log: { write(line: string): void }
}

export interface RunningLink {
  readonly port: number | undefined
  readonly socket: string
  readonly urls: readonly string[]
  /** Another certificate of the own authority, for whoever dials from now on. */
  show(certificate: ServerCertificate): void
  /** Edges connected here, and digests that had to be corrected. */
  figures(): { readonly connected: number; readonly corrected: number }
  close(): Promise<void>
}

const linkSocketOf = (state: string): string => join(state, 'link.sock')

const closeMs = 1000
/** Code of a link that ended without a close of the other side (RFC 6455, 7.1.5). */
const unanswered = 1006

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

export const startLink = async (options: LinkOptions): Promise<RunningLink> => {
  const { manager, certificate, hosts, log } = options
  const limits = { ...usualLinkLimits, ...options.limits }
  const line = (level: number, more: object): void =>
    log.write(`${JSON.stringify({ level, time: manager.now(), room: 'link', ...more })}\n`)
  const tell = (msg: string): void => line(40, { msg: msg.slice(0, 500) })

  const links = new Map<WebSocket, Session>()
  const begun = admission(limits.served)
  const serving = admission(limits.served)

  const end = (session: Session, fault: Fault, wait?: number): void => {
    if (session.ended) return
    const { code, message } = fault
    send(session, { type: 'refused', code, text: message.slice(0, 500), ...(wait === undefined ? {} : { wait }) })
    session.ended = true
    session.queue = undefined
    hub.remove(session)
    session.ws.resume()
    session.ws.close(1008, code)
    setTimeout(() => session.ws.terminate(), closeMs).unref()
  }
  const refuse = (session: Session, fault: Fault, wait?: number): void => {
    if (session.ended) return
    line(40, { code: fault.code, edge: nameOf(session), msg: fault.message })
    const asked = /Wait (\d+) s/.exec(fault.advice)?.[1]
    end(session, fault, wait ?? (asked === undefined ? undefined : Number(asked)))
  }
  const cut = (session: Session, why: string): void => {
    if (session.ended) return
    line(30, { edge: nameOf(session), msg: `the link ends: ${why}` })
    end(session, new Fault('conflict', `The manager ends the link: ${why}.`))
  }

  const heads = await readHeads(manager)
  const catchUp = catchUpWith(manager, heads, (session, error) => {
    const fault = error instanceof Fault ? error : new Fault('internal', 'The state could not be read.')
    if (fault !== error) tell(`state for ${nameOf(session)} failed: ${String(error)}`)
    refuse(session, fault, 5)
  })
  const hub = openHub(heads, (session, stream) => catchUp.bring(session, stream))
  const digests = digestsWith({ manager, hub, catchUp, tell })
  const hello = helloWith({ manager, hub, catchUp, begun: serving, cut })
  const heldTwice = twiceWith(manager, tell)
  const receiver = receiverWith({ manager, digests, hello, refuse, tell })

  /** Shared by all links: `this` is the one. */
  function onMessage(this: WebSocket, data: Buffer, binary: boolean): void {
    const session = links.get(this)
    if (session !== undefined) receiver.message(session, data, binary)
  }
  function onAlive(this: WebSocket): void {
    const session = links.get(this)
    if (session !== undefined) session.heard = manager.now()
  }
  function onError(this: WebSocket, error: Error): void {
    const session = links.get(this)
    if (session !== undefined && !session.ended)
      line(40, {
        code: 'request-malformed',
        edge: nameOf(session),
        msg: `the link broke: ${error.message.slice(0, 200)}`,
      })
  }
  function onClose(this: WebSocket, code: number): void {
    const session = links.get(this)
    if (session === undefined) return
    links.delete(this)
    session.ended = true
    hub.remove(session)
    if (session.replaced && code !== unanswered) heldTwice(session)
    if (session.connected > 0 && !manager.ending.aborted)
      letGo(manager, session).catch((error: unknown) => tell(`a link that ended was not noted: ${String(error)}`))
  }
  const opened = (ws: WebSocket, socket: Duplex, admitted: Admitted): void => {
    links.set(ws, newSession(admitted, ws, socket, manager.now()))
    ws.on('message', onMessage)
    ws.on('ping', onAlive)
    ws.on('pong', onAlive)
    ws.on('error', onError)
    ws.on('close', onClose)
  }

  const refused = ({ code, message }: Fault, status: number, path: string, from: string): void =>
    line(40, { code, status, path: path.slice(0, 200), from, msg: message })
  const upgrade = upgradeWith({ manager, begun, refused, opened })
  const build = (): Server => {
    const server = linkServer(certificate, authorityFor(manager).cert, limits)
    server.on('request', (request, response) => void answer(manager, begun, request, response, refused))
    server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head))
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      const gone = error.code === 'ECONNRESET' || !socket.writable
      if (!gone) line(40, { code: error.code, msg: 'refused before it was a request' })
      if (gone) socket.destroy()
      else refuseParser(socket, error.code ?? '')
    })
    server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
      line(30, { code: error.code, msg: 'no handshake of TLS 1.3' }),
    )
    return server
  }

  const onCut = ({ edges, except, why }: Hints['cut']): void => {
    if (except === manager.id) return
    for (const edge of edges) {
      const session = hub.of(edge)
      if (session === undefined) continue
      session.replaced = why === dialledElsewhere
      cut(session, why)
    }
  }
  const onPolicy = ({ edges }: Hints['policy']): void => {
    for (const edge of edges) {
      const session = hub.of(edge)
      if (session !== undefined) void offer(session)
    }
  }
  /** What the edge has, its newest digest said; offering it once more is harmless. */
  const offer = async (session: Session): Promise<void> => {
    try {
      for (const frame of await policyFrames(manager, session.edge, session.policy)) send(session, frame)
    } catch (error) {
      tell(`a policy for ${nameOf(session)} could not be read: ${String(error)}`)
    }
  }
  const subscriptions = [
    manager.bus.subscribe('state', (hint) => hub.spread(hint)),
    manager.bus.subscribe('cut', onCut),
    manager.bus.subscribe('policy', onPolicy),
  ]
  const stopBeat = beat({ manager, hub, digests, links, limits, refuse, cut, offer, tell })

  const socket = linkSocketOf(manager.state)
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    for (const unsubscribe of subscriptions) unsubscribe()
    for (const session of links.values()) end(session, new Fault('manager-unreachable', 'The manager is stopping.'), 1)
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
    await stopBeat()
    const late = setTimeout(() => {
      for (const ws of links.keys()) ws.terminate()
      for (const server of servers) server.closeAllConnections()
    }, closeMs)
    await Promise.all(closed)
    clearTimeout(late)
    await letAllGo(manager).catch(() => undefined)
  }
  try {
    const local = build()
    servers.push(local)
    await listenOn(local, socket)
    let port: number | undefined
    if (options.listen !== undefined) {
      const open = build()
      servers.push(open)
      port = await listenAt(open, options.listen)
    }
    const named = port === undefined ? [] : hosts.slice(0, 7).map((host) => `wss://${bracketed(host)}:${port}`)
    const urls = [...named, `unix:${socket}`]
    setLinkUrls(manager, urls)
    return {
      port,
      socket,
      urls,
      show: (fresh) => {
        for (const server of servers) showAtLink(server, fresh, authorityFor(manager).cert)
      },
      figures: () => ({ connected: hub.size(), corrected: digests.corrected() }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
