/** Which service answers which request, and what is around its parameters (OPC 10000-4, 7.33, 7.34). */
import { Message } from '#core/message.ts'
import { printable, type Attempt } from '#core/personality.ts'
import { Cursor } from '../cursor.ts'
import { extensionObject } from '../values.ts'
import { read, write } from './attributes.ts'
import type { Call, Conversation, Service } from './call.ts'
import { findServers, getEndpoints } from './discovery.ts'
import { activateSession, closeSession, createSession } from './sessions.ts'
import { good, status } from './status.ts'
import * as subscriptions from './subscriptions.ts'
import { browse, browseNext, registerNodes, translate, unregisterNodes } from './views.ts'
import { numeric, Writer } from './writer.ts'

interface Known {
  readonly name: string
  /** Encoding of the response. */
  readonly response: number
  /** Which session it needs. */
  readonly needs: 'nothing' | 'session' | 'user'
  readonly service: Service
}
const known = (name: string, response: number, service: Service, needs: Known['needs'] = 'user'): Known => ({
  name,
  response,
  needs,
  service,
})

/** By the binary encoding of the request. */
const services: ReadonlyMap<number, Known> = new Map([
  [422, known('find-servers', 425, findServers, 'nothing')],
  [428, known('get-endpoints', 431, getEndpoints, 'nothing')],
  [461, known('create-session', 464, createSession, 'nothing')],
  [467, known('activate-session', 470, activateSession, 'session')],
  [473, known('close-session', 476, closeSession, 'session')],
  [527, known('browse', 530, browse)],
  [533, known('browse-next', 536, browseNext)],
  [554, known('translate-browse-paths', 557, translate)],
  [560, known('register-nodes', 563, registerNodes)],
  [566, known('unregister-nodes', 569, unregisterNodes)],
  [631, known('read', 634, read)],
  [673, known('write', 676, write)],
  [712, known('call', 715, () => status.userAccessDenied)],
  [751, known('create-monitored-items', 754, subscriptions.createMonitoredItems)],
  [781, known('delete-monitored-items', 784, subscriptions.deleteMonitoredItems)],
  [787, known('create-subscription', 790, subscriptions.createSubscription)],
  [793, known('modify-subscription', 796, subscriptions.modifySubscription)],
  [799, known('set-publishing-mode', 802, subscriptions.setPublishingMode)],
  [826, known('publish', 829, subscriptions.publish)],
  [847, known('delete-subscriptions', 850, subscriptions.deleteSubscriptions)],
])
const serviceFault = 397

/** One message is read at a time. */
const reader = new Cursor()
const message = new Message()

export interface RequestHeader {
  /** Zero where it is none that this server gives. */
  readonly token: number
  readonly handle: number
}
export const startReading = (body: Uint8Array): Cursor => reader.start(body, 0, body.length, message.reset())

export const requestHeader = (cursor: Cursor): RequestHeader => {
  cursor.node()
  const token = Math.max(0, cursor.id.number)
  cursor.skip(8)
  const handle = cursor.u32()
  cursor.skip(4)
  cursor.string()
  cursor.skip(4)
  extensionObject(cursor)
  return { token, handle }
}
export const responseHeader = (out: Writer, type: number, at: number, handle: number, result: number): Writer =>
  // Neither diagnostics nor a table of strings, and an empty additional header.
  out.node(numeric(type)).time(at).u32(handle).u32(result).u8(0).u32(-1).u16(0).u8(0)

export interface Served {
  readonly body: Uint8Array
  readonly note: string
  readonly attempts: readonly Attempt[]
  /** ms. */
  readonly delay: number
}

const access = ({ needs }: Known, { session }: Call): number => {
  if (needs === 'nothing') return good
  if (session === undefined) return status.sessionIdInvalid
  return needs === 'session' || session.active ? good : status.sessionNotActivated
}

/** @param body of one whole message */
export const served = (conversation: Conversation, body: Uint8Array): Served => {
  const cursor = startReading(body)
  cursor.node()
  const type = cursor.id.namespace === 0 ? cursor.id.number : -1
  const { token, handle } = requestHeader(cursor)
  const header = cursor.failed
  const found = services.get(type)
  const out = new Writer()
  const call: Call = {
    ...conversation,
    reader: cursor,
    out,
    session: conversation.sessions.get(token),
    token,
    notes: [found?.name ?? `service ${type}`],
    attempts: [],
    delay: 0,
  }
  const at = conversation.context.now()
  responseHeader(out, found?.response ?? serviceFault, at, handle, good)
  let result: number = found === undefined ? status.serviceUnsupported : access(found, call)
  if (header) result = status.decodingError
  if (result === good && found !== undefined) {
    result = found.service(call)
    if (cursor.failed) result = status.decodingError
  }
  const rest = { note: printable(call.notes[0] ?? ''), attempts: call.attempts, delay: call.delay }
  if (result === good) return { body: out.written, ...rest }
  return { body: responseHeader(new Writer(), serviceFault, at, handle, result).written, ...rest }
}
