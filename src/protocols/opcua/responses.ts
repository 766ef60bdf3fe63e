/** What a server answers: values of attributes, and what it says it is. */
import type { FactName, Message } from '#core/message.ts'
import type { PendingRequest } from '#core/pending.ts'
import { facts } from './facts.ts'
import { extension, services } from './services.ts'
import { operationResults, readServiceResult } from './results.ts'
import { walk } from './shared-walk.ts'
import type { State } from './state.ts'
import { texts } from './text.ts'
import { dataValue, diagnosticInfo, extensionObject, stringType } from './values.ts'
import { array, run, string, time, u32, type Part } from './walk.ts'

/** ResponseHeader, OPC 10000-4, 7.34, without its first part: Timestamp, RequestHandle, ServiceResult. */
const header: readonly Part[] = [time, u32, readServiceResult, diagnosticInfo, array(string), extension]

const read = 634
const publish = 829
const dataChangeNotification = 811

/** BuildInfo of the standard's server object (OPC 10000-5, 6.3.3), by node. */
const buildInfo: ReadonlyMap<string, FactName> = new Map([
  ['i=2261', 'model'],
  ['i=2263', 'vendor'],
  ['i=2264', 'firmware'],
  ['i=2265', 'firmware'],
])

/** One value of an attribute, as a command with the fields of its request. */
const shown = (op: string, node: string, namespace: number, attribute: number): void => {
  const command = walk.message.begin(op).text('nodes', node)
  if (namespace >= 0) command.number('namespaces', namespace)
  command.number('attributes', attribute)
  const type = dataValue(walk, command)
  if (type === 0) {
    command.valueCount = 0
    command.unreadable = true
  }
}

/** The results of Read are in the order of the nodes that it asked for (5.10.2). */
const readResults = (state: State, { notes, op }: PendingRequest): void => {
  const { asked } = state
  const first = notes[0] ?? 0
  const count = walk.count()
  if (count !== notes[1] || !asked.has(first)) return
  for (let index = 0; index < count && walk.step(); index++) {
    const node = asked.node(first + index)
    const at = walk.at
    // A part of an attribute is not its value.
    if (node === '') dataValue(walk, undefined)
    else shown(op, node, asked.namespace(first + index), asked.attribute(first + index))
    if (walk.message.wantsFacts) identity(node, at)
  }
}

/** The string at `at`, when the node is one that says what the server is. */
const identity = (node: string, at: number): void => {
  const name = buildInfo.get(node)
  const { bytes, message } = walk
  if (name === undefined || walk.failed || ((bytes[at] ?? 0) & 1) === 0 || bytes[at + 1] !== stringType) return
  const after = walk.at
  walk.at = at + 2
  walk.string()
  message.fact(name, texts(bytes, walk.from, walk.to))
  walk.at = after
}

/** Notifications show what requests to watch asked for. PublishResponse: SubscriptionId, AvailableSequenceNumbers, MoreNotifications, NotificationMessage (5.14.5). */
const notifications = ({ asked }: State): void => {
  if (asked.blind) return
  walk.skip(4)
  walk.skip(4 * walk.count())
  walk.skip(1 + 4 + 8)
  const count = walk.count()
  for (let index = 0; index < count && walk.step(); index++) {
    const binary = extensionObject(walk)
    if (!binary || walk.id.namespace !== 0 || walk.id.number !== dataChangeNotification) continue
    const { at, end } = walk
    walk.end = walk.to
    walk.at = walk.from
    const items = walk.count()
    for (let item = 0; item < items && walk.step(); item++) {
      const watched = asked.watched(walk.u32())
      if (watched === undefined) dataValue(walk, undefined)
      else shown('create-monitored-items', watched.node, watched.namespace, watched.attribute)
    }
    walk.end = end
    walk.at = at
  }
}

/** Reads the body at `at` up to `end`. What it does not show to be about is stepped over. */
export const readResponse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  state: State,
  request: PendingRequest | undefined,
  message: Message,
): void => {
  walk.start(bytes, at, end, message)
  walk.node()
  const { namespace, number } = walk.id
  // Nothing that a server sends is a request.
  if (namespace === 0 && services.has(number)) {
    message.begin('unlisted').number('identifier', number)
    return
  }
  run(header, walk)
  if (namespace === 0 && request !== undefined && !walk.failed) {
    if (number === read && request.op === 'read') readResults(state, request)
    else if (number === publish && request.op === 'publish') notifications(state)
    else if (message.wantsFacts) facts(walk, number)
  }
  if (walk.failed) message.fault ??= 'malformed'
  else if (namespace === 0) operationResults(number)
  // What is not looked at shows nothing: no reason to keep an answer from its client.
  if (message.fault !== 'malformed') message.fault = undefined
}
