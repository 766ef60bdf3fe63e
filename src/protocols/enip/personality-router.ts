/** Where CIP requests go: the device at the port, or the controller behind it. CIP volume 1, 2-4 and 3-5. */
import { u16le } from '#core/bytes.ts'
import { Message } from '#core/message.ts'
import { printable, type TalkContext } from '#core/personality.ts'
import { unconnectedSend } from './connection-manager.ts'
import { Path } from './path.ts'
import { long, mixed, u16, type Bytes } from './personality-bytes.ts'
import { newConnections, type Opened } from './personality-connections.ts'
import { classes, objectsOf, type Objects } from './personality-objects.ts'
import { pcccOf, type Pccc } from './personality-pccc.ts'
import type { ControllerProfile, EnipProfile } from './personality-profile.ts'
import { serveObject, type Request } from './personality-services.ts'
import { statuses, tagsOf, type Result, type Tags } from './personality-tags.ts'
import { definitionOf, readDefinition } from './personality-templates.ts'
import { dataOf, deepest } from './requests.ts'
import { opOf } from './services.ts'

/** Bytes of an unconnected message. */
export const unconnectedRoom = 504
const mostNotes = 16
const mostParts = 256
const symbolClass = 0x6b
const templateClass = 0x6c
/** Extended status, table 3-5.29: port not available, link address not valid. */
const noPort = 0x0311
const noLink = 0x0312

/** One device that CIP requests reach. */
export interface Target {
  readonly objects: Objects
  readonly tags?: Tags
  readonly controller?: ControllerProfile
  readonly pccc?: Pccc
}

export interface Router {
  /** Answers the request at `at` up to `end`; the reply is at most `room` bytes. */
  answer(bytes: Uint8Array, at: number, end: number, target: Target, room: number): Bytes
  readonly port: Target
  readonly connections: Opened<Target>
  /** What was asked since the last call. */
  notes(): readonly string[]
}

const steps = new Message()
const path = new Path()
const route = new Path()

const read = (bytes: Uint8Array, at: number, end: number): Request | undefined => {
  const data = dataOf(bytes, at)
  if (end < at + 2 || data > end || !path.read(bytes, at + 2, data, steps.reset())) return undefined
  if (path.hops > 0 || path.connecting) return undefined
  const service = bytes[at] ?? 0
  return {
    service,
    op: opOf(service, path),
    kind: path.class,
    instance: path.instances.count > 0 ? path.instances.at(path.instances.count - 1) : 0,
    attribute: path.attributes.count > 0 ? path.attributes.at(0) : -1,
    tag: path.isTag || path.hasSymbols ? path.tag(1) : '',
    data: bytes.slice(data, end),
  }
}

const replyTo = (service: number, { status, extended, data = [] }: Result): Bytes => [
  service | 0x80,
  0,
  status,
  ...(extended === undefined ? [0] : [1, ...u16(extended)]),
  ...data,
]

const hex = (value: number): string => `0x${value.toString(16)}`
const noteOf = ({ op, kind, instance, tag, service }: Request): string => {
  const where = tag === '' ? ` class ${hex(kind)} instance ${instance}` : ` ${tag}`
  const what = op === 'unlisted-service' ? `service ${hex(service)}` : op
  return printable(`${what}${where}`)
}

const controllerOf = (context: TalkContext, controller: ControllerProfile): Target => {
  const serial = mixed(context.identity.serialNumber, controller.slot) || 1
  // A controller's own name, class 0x64; no dash may be in it.
  const name = context.identity.name.replaceAll('-', '_')
  const own = { 0x64: { attributes: { 1: long(name) }, all: [1] } }
  return {
    objects: objectsOf(context, controller.identity, serial, false, own),
    tags: tagsOf(context, controller),
    controller,
  }
}

export const routerOf = (context: TalkContext, profile: EnipProfile): Router => {
  const { identity } = context
  const port: Target = {
    objects: objectsOf(context, profile.device, identity.serialNumber, true),
    ...(profile.pccc !== undefined && { pccc: pcccOf(context, profile.pccc) }),
  }
  const controller = profile.controller === undefined ? undefined : controllerOf(context, profile.controller)
  const connections = newConnections<Target>(mixed(identity.seed, context.now() >>> 0))
  let notes: string[] = []

  /** Who a route or connection path leads to, from the port; the extended status when it leads nowhere. */
  const reached = (bytes: Uint8Array, at: number, end: number): Target | number => {
    if (!route.read(bytes, at, end, steps.reset())) return noPort
    if (route.hops === 0) return port
    if (profile.controller === undefined || route.slot < 0) return noPort
    if (route.slot === profile.controller.portSlot) return port
    return route.slot === profile.controller.slot && controller !== undefined ? controller : noLink
  }

  const templateOf = (target: Target, id: number) =>
    target.controller?.tags
      .map(({ type }) => type)
      .filter((type) => typeof type !== 'string')
      .find((type) => type.id === id)

  const serve = (request: Request, target: Target, room: number): Result => {
    const { op, kind, instance, tag, data } = request
    const { tags } = target
    if (kind === symbolClass && op === 'get-instance-attribute-list' && tags !== undefined)
      return tags.browse(tag.replace(/\.?#\d+$/, ''), instance, data, room)
    if (tag !== '') {
      if (tags === undefined) return { status: statuses.path }
      if (op === 'read-tag' || op === 'read-tag-fragmented') return tags.read(tag, data, room, op !== 'read-tag')
      if (op === 'write-tag' || op === 'write-tag-fragmented') return tags.write(tag, data, op !== 'write-tag')
      return { status: op === 'unlisted-service' ? statuses.service : statuses.privilege }
    }
    const template = kind === templateClass ? templateOf(target, instance) : undefined
    if (template !== undefined && op === 'read-template') return readDefinition(template, data, room)
    const objects: Objects = (of, number) =>
      template === undefined ? target.objects(of, number) : definitionOf(template).object
    if (kind === classes.pccc && target.pccc !== undefined) {
      const content = op === 'execute-pccc' ? target.pccc.answer(data) : undefined
      return content === undefined ? { status: statuses.service } : { status: statuses.good, data: content }
    }
    return serveObject(objects, request)
  }

  const manage = (request: Request): Result | undefined => {
    const { op, data } = request
    if (op === 'forward-close') return connections.close(data)
    if (op !== 'forward-open' && op !== 'large-forward-open') return undefined
    const words = op === 'forward-open' ? 35 : 39
    const from = words + 1
    const to = from + 2 * (data[words] ?? 0)
    if (data.length < from || to !== data.length) return { status: statuses.notEnough }
    const target = reached(data, from, to)
    if (typeof target === 'number') return { status: statuses.connection, extended: target }
    return connections.open(data, op === 'large-forward-open', target)
  }

  const several = (request: Request, target: Target, room: number, depth: number): Result => {
    const { data } = request
    const count = u16le(data, 0)
    if (count === 0 || count > mostParts || data.length < 2 + 2 * count) return { status: statuses.notEnough }
    let left = room - 6 - 6 * count
    let failed = false
    const replies: Bytes[] = []
    for (let index = 0; index < count; index++) {
      const from = u16le(data, 2 + 2 * index)
      const to = index + 1 < count ? u16le(data, 4 + 2 * index) : data.length
      const given = from < to && to <= data.length && from >= 2 + 2 * count
      const reply = given ? routed(data, from, to, target, Math.max(8, left), depth + 1) : undefined
      const fits = reply !== undefined && reply.length - 4 <= left
      const one = fits ? reply : replyTo(data[from] ?? 0, { status: given ? statuses.tooLarge : statuses.notEnough })
      left -= Math.max(0, one.length - 4)
      failed ||= one[2] !== statuses.good
      replies.push(one)
    }
    let offset = 2 + 2 * count
    const offsets = replies.flatMap(({ length }) => u16((offset += length) - length))
    return { status: failed ? statuses.embedded : statuses.good, data: [...u16(count), ...offsets, ...replies.flat()] }
  }

  /** A target's reply to what an Unconnected Send carries takes the place of the envelope's. */
  const routed = (bytes: Uint8Array, at: number, end: number, target: Target, room: number, depth: number): Bytes => {
    const request = read(bytes, at, end)
    const service = bytes[at] ?? 0
    if (request === undefined || depth > deepest)
      return replyTo(service & 0x7f, { status: statuses.segment, extended: 0 })
    const { op, kind, data } = request
    if (op === 'multiple-service-packet') {
      const content = kind === classes.router ? several(request, target, room, depth) : { status: statuses.service }
      return replyTo(service, content)
    }
    if (op === 'unconnected-send') {
      if (!unconnectedSend.read(data, 0, data.length)) return replyTo(service, { status: statuses.notEnough })
      const { at: from, end: to, route: way, routeEnd } = unconnectedSend
      const further = target === port ? reached(data, way, routeEnd) : noLink
      if (typeof further === 'number') return replyTo(service, { status: statuses.connection, extended: further })
      return routed(data, from, to, further, room, depth + 1)
    }
    if (notes.length < mostNotes) notes.push(noteOf(request))
    const result = (kind === classes.manager ? manage(request) : undefined) ?? serve(request, target, room - 8)
    const reply = replyTo(service, result)
    return reply.length > room ? replyTo(service, { status: statuses.tooLarge }) : reply
  }
  return {
    answer: (bytes, at, end, target, room) => routed(bytes, at, end, target, room, 0),
    port,
    connections,
    notes: () => {
      const told = notes
      notes = []
      return told
    },
  }
}
