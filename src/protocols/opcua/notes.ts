/** Parts of requests that say more than their place in the table: what is remembered for answers, and what is inside objects. */
import { extensionObject } from './values.ts'
import type { Part, Walk } from './walk.ts'

/** An attribute is read: the answer will show its value. Of a range it shows a part only, which is not the attribute's value. */
export const asked: Part = ({ state, derived, nodeName, namespace, attribute, message }) => {
  if (state === undefined) return
  if (message.count === 1) message.notes[0] = state.asked.next
  message.notes[1] = message.count
  state.asked.add(derived ? '' : nodeName, namespace, attribute)
}

/** DataChangeFilter: only when values are reported is filtered. Other filters report events, or what is computed of values. */
const dataChangeFilter = 724

/** MonitoringParameters: ClientHandle, SamplingInterval, Filter, QueueSize, DiscardOldest (OPC 10000-4, 7.21). */
const parameters = (walk: Walk): number => {
  const handle = walk.u32()
  walk.skip(8)
  extensionObject(walk)
  const { id } = walk
  if (id.number !== 0 && (id.namespace !== 0 || id.number !== dataChangeFilter)) walk.derived = true
  walk.skip(5)
  return handle
}
export const watched: Part = (walk) => {
  const handle = parameters(walk)
  if (walk.failed || walk.state === undefined || !walk.whole) return
  walk.state.asked.watch(handle, walk.derived ? '' : walk.nodeName, walk.namespace, walk.attribute)
}
/** An item gets another handle; which item is not told by name. */
export const rehandled: Part = (walk) => {
  const handle = parameters(walk)
  if (!walk.failed) walk.state?.asked.watch(handle, '', 0, 0)
}
/** Handles of other sessions come into this one. */
export const transferred: Part = ({ state }) => {
  if (state !== undefined) state.asked.blind = true
}

/** The identifier that the client wishes for a new node; null leaves it to the server. */
export const newNode: Part = (walk) => {
  walk.expandedNode()
  const { id } = walk
  if (id.kind !== 2 || id.number !== 0 || id.namespace !== 0 || id.uriFrom >= 0) walk.named('nodes')
}

/** Every kind of HistoryUpdateDetails (OPC 10000-11, 6.9) begins with the node: its body is read up to there. */
const updateDetails: ReadonlySet<number> = new Set([682, 685, 688, 691, 694, 11300])
export const historyUpdate: Part = (walk) => {
  const binary = extensionObject(walk)
  if (!binary || walk.id.namespace !== 0 || !updateDetails.has(walk.id.number)) return
  const { at, end, from, to } = walk
  walk.at = from
  walk.end = to
  walk.node()
  walk.named('nodes')
  walk.at = at
  walk.end = end
}

/** User identity tokens by the identifier of their encoding (OPC 10000-4, 7.40). */
const tokens: Readonly<Record<number, string>> = {
  0: 'anonymous',
  321: 'anonymous',
  324: 'username',
  327: 'certificate',
  940: 'issued-token',
}
export const userToken: Part = (walk) => {
  extensionObject(walk)
  const name = walk.id.namespace === 0 ? tokens[walk.id.number] : undefined
  if (name !== undefined) walk.single().text('user-token', name)
}

/** RequestHeader, OPC 10000-4, 7.33: AuthenticationToken, Timestamp, RequestHandle, ReturnDiagnostics, AuditEntryId, TimeoutHint. */
export const requestHeader: Part = (walk) => {
  const { state } = walk
  walk.node()
  const low = walk.i32()
  const high = walk.i32()
  const handle = walk.i32()
  if (state !== undefined) {
    state.timeLow = low
    state.timeHigh = high
    state.handle = handle
  }
  walk.skip(4)
  walk.string()
  walk.skip(4)
  extensionObject(walk)
}
