/**
 * Subscriptions: OPC 10000-4, 5.13 and 5.14. Nothing is sent that was not asked for: a Publish is answered with the current values of
 * all items once the publishing interval is over.
 */
import { extensionObject, qualifiedName } from '../values.ts'
import { attributeOf, current, putValue } from './attributes.ts'
import { noDiagnostics, operations, readNode, type Call, type Service, type Subscription } from './call.ts'
import { limits } from './limits.ts'
import { keyOf } from './space.ts'
import { good, status } from './status.ts'
import { Writer, numeric } from './writer.ts'

/** ms: shorter ones are not kept, and longer ones are not waited for. */
const shortest = 500
const longest = 3000
const valueAttribute = 13
const dataChangeNotification = 811

const float = (call: Call): number => {
  const { reader } = call
  const [low, high] = [reader.u32(), reader.u32()]
  return new DataView(Uint32Array.of(low, high).buffer).getFloat64(0, true)
}
const revised = (interval: number): number => Math.min(longest, Math.max(shortest, interval > 0 ? interval : shortest))

export const createSubscription: Service = (call) => {
  const { reader, out, session, next } = call
  const interval = revised(float(call))
  const lifetime = reader.u32()
  const keepAlive = reader.u32()
  reader.skip(4)
  const publishing = reader.u8() !== 0
  reader.skip(1)
  if (reader.failed || session === undefined) return status.decodingError
  if (session.subscriptions.size >= limits.subscriptions) return status.tooManySubscriptions
  const id = next()
  session.subscriptions.set(id, { id, interval, publishing, sequence: 0, items: new Map() })
  out.u32(id).f64(interval).u32(Math.max(30, lifetime)).u32(Math.max(1, keepAlive))
  return good
}

export const modifySubscription: Service = (call) => {
  const { reader, out, session } = call
  const subscription = session?.subscriptions.get(reader.u32())
  const interval = revised(float(call))
  const lifetime = reader.u32()
  const keepAlive = reader.u32()
  reader.skip(5)
  if (subscription === undefined) return status.subscriptionIdInvalid
  subscription.interval = interval
  out.f64(interval).u32(Math.max(30, lifetime)).u32(Math.max(1, keepAlive))
  return good
}

/** A service that gives a status for each number of a list. */
const forEach = (call: Call, act: (number: number) => number): number => {
  const { reader, out } = call
  const count = operations(reader)
  if (count < 0) return status.tooManyOperations
  if (count === 0) return status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) out.u32(act(reader.u32()))
  noDiagnostics(out)
  return good
}

export const deleteSubscriptions: Service = (call) =>
  forEach(call, (id) => (call.session?.subscriptions.delete(id) ? good : status.subscriptionIdInvalid))

export const setPublishingMode: Service = (call) => {
  const publishing = call.reader.u8() !== 0
  return forEach(call, (id) => {
    const subscription = call.session?.subscriptions.get(id)
    if (subscription !== undefined) subscription.publishing = publishing
    return subscription === undefined ? status.subscriptionIdInvalid : good
  })
}

export const deleteMonitoredItems: Service = (call) => {
  const subscription = call.session?.subscriptions.get(call.reader.u32())
  if (subscription === undefined) return status.subscriptionIdInvalid
  return forEach(call, (id) => (subscription.items.delete(id) ? good : status.monitoredItemIdInvalid))
}

const createItem = (call: Call, subscription: Subscription): void => {
  const { reader, out, space, next } = call
  const id = readNode(reader)
  const attribute = reader.u32()
  reader.string()
  qualifiedName(reader)
  reader.skip(4)
  const handle = reader.u32()
  const sampling = float(call)
  extensionObject(reader)
  const queue = reader.u32()
  reader.skip(1)
  if (reader.failed) return
  const node = space.get(keyOf(id))
  const known = node !== undefined && attributeOf(node, attribute, call) !== undefined
  const refusal = known && attribute === valueAttribute ? good : status.attributeIdInvalid
  const code = node === undefined ? status.nodeIdUnknown : refusal
  const full = subscription.items.size >= limits.items
  const item = code === good && !full ? next() : 0
  if (item !== 0 && node !== undefined) subscription.items.set(item, { id: item, handle, node })
  out.u32(full && code === good ? status.tooManyMonitoredItems : code).u32(item)
  out.f64(Math.max(100, sampling > 0 ? sampling : 100)).u32(Math.min(10, Math.max(1, queue)))
  out.node(numeric(0)).u8(0)
}

export const createMonitoredItems: Service = (call) => {
  const { reader, out } = call
  const subscription = call.session?.subscriptions.get(reader.u32())
  reader.skip(4)
  const count = operations(reader)
  if (subscription === undefined) return status.subscriptionIdInvalid
  if (count < 0) return status.tooManyOperations
  if (count === 0) return status.nothingToDo
  out.u32(count)
  for (let index = 0; index < count && reader.step(); index++) createItem(call, subscription)
  noDiagnostics(out)
  return good
}

export const publish: Service = (call) => {
  const { reader, out, session, context } = call
  const acknowledged = operations(reader)
  if (acknowledged < 0) return status.tooManyOperations
  for (let index = 0; index < acknowledged; index++) reader.skip(8)
  // Of several, the one that has told least.
  const [subscription] = [...(session?.subscriptions.values() ?? [])].toSorted((a, b) => a.sequence - b.sequence)
  if (subscription === undefined) return status.noSubscription
  call.delay = subscription.interval
  const at = context.now()
  const items = subscription.publishing ? [...subscription.items.values()] : []
  out.u32(subscription.id).u32(0).u8(0)
  // A keep-alive tells the number that comes next.
  out.u32(items.length > 0 ? ++subscription.sequence : subscription.sequence + 1).time(at)
  if (items.length > 0) {
    const body = new Writer()
    body.list(items, ({ handle, node }) => {
      body.u32(handle)
      putValue(body, current(call, node) ?? { type: 'boolean', value: false }, 2, at)
    })
    body.u32(-1)
    out.u32(1).node(numeric(dataChangeNotification)).u8(1).bytes(body.written)
  } else out.u32(0)
  out.u32(acknowledged)
  for (let index = 0; index < acknowledged; index++) out.u32(good)
  noDiagnostics(out)
  return good
}
