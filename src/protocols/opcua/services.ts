/** The requests of OPC 10000-4, section 5, by the numeric identifier of their binary encoding, with their parameters in order. */
import {
  array,
  attribute,
  boolean,
  double,
  each,
  expandedNode,
  expandedTarget,
  indexRange,
  method,
  node,
  string,
  target,
  time,
  u32,
  type Part,
} from './walk.ts'
import { dataValue, extensionObject, localizedText, qualifiedName, variant } from './values.ts'
import { endpoint, channel } from './channel.ts'
import { asked, historyUpdate, newNode, rehandled, transferred, userToken, watched } from './notes.ts'

export interface Service {
  readonly op: string
  readonly parts: readonly Part[]
}

const strings = array(string)
const numbers = array(u32)
export const extension: Part = (at) => {
  extensionObject(at)
}
/** Arguments of a method: their meaning is the method's own. */
const argument: Part = (at) => {
  variant(at, undefined)
}
const written: Part = (at) => {
  const { command, derived, first, last } = at
  dataValue(at, command)
  // A server takes as many elements as the range has, no others.
  if (derived && command !== undefined)
    command.first = first >= 0 && last - first + 1 === command.valueCount ? first : -1
}

const applicationDescription: readonly Part[] = [
  string, // ApplicationUri
  string, // ProductUri
  localizedText,
  u32, // ApplicationType
  string, // GatewayServerUri
  string, // DiscoveryProfileUri
  strings, // DiscoveryUrls
]
const registeredServer: readonly Part[] = [
  string, // ServerUri
  string, // ProductUri
  array(localizedText),
  u32, // ServerType
  string, // GatewayServerUri
  strings, // DiscoveryUrls
  string, // SemaphoreFilePath
  boolean, // IsOnline
]
const signature: readonly Part[] = [string, string]
const view: readonly Part[] = [node, time, u32]
const relativePath = array(node, boolean, boolean, qualifiedName)
const subscription: readonly Part[] = [double, u32, u32, u32]
const readValue: readonly Part[] = [target, attribute, indexRange, qualifiedName]

export const services: ReadonlyMap<number, Service> = new Map<number, Service>([
  [422, { op: 'find-servers', parts: [string, strings, strings] }],
  [428, { op: 'get-endpoints', parts: [endpoint, strings, strings] }],
  [437, { op: 'register-server', parts: registeredServer }],
  [
    461,
    {
      op: 'create-session',
      // ServerUri; EndpointUrl; SessionName, ClientNonce, ClientCertificate; timeout and size.
      parts: [...applicationDescription, string, endpoint, string, string, string, double, u32, channel],
    },
  ],
  [
    467,
    { op: 'activate-session', parts: [...signature, array(string, string), strings, userToken, ...signature, channel] },
  ],
  [473, { op: 'close-session', parts: [boolean] }],
  [479, { op: 'cancel', parts: [u32] }],
  [488, { op: 'add-nodes', parts: [each(expandedTarget, node, newNode, qualifiedName, u32, extension, expandedNode)] }],
  [494, { op: 'add-references', parts: [each(target, node, boolean, string, expandedTarget, u32)] }],
  [500, { op: 'delete-nodes', parts: [each(target, boolean)] }],
  [506, { op: 'delete-references', parts: [each(target, node, boolean, expandedTarget, boolean)] }],
  [527, { op: 'browse', parts: [...view, u32, each(target, u32, node, boolean, u32, u32)] }],
  [533, { op: 'browse-next', parts: [boolean, strings] }],
  [554, { op: 'translate-browse-paths', parts: [each(target, relativePath)] }],
  [560, { op: 'register-nodes', parts: [each(target)] }],
  [566, { op: 'unregister-nodes', parts: [each(target)] }],
  [
    615,
    {
      op: 'query-first',
      parts: [
        ...view,
        array(expandedNode, boolean, array(relativePath, u32, string)),
        array(u32, array(extension)),
        u32,
        u32,
      ],
    },
  ],
  [621, { op: 'query-next', parts: [boolean, string] }],
  [631, { op: 'read', parts: [double, u32, each(...readValue, asked)] }],
  [664, { op: 'history-read', parts: [extension, u32, boolean, each(target, string, qualifiedName, string)] }],
  [673, { op: 'write', parts: [each(target, attribute, indexRange, written)] }],
  [700, { op: 'history-update', parts: [each(historyUpdate)] }],
  [712, { op: 'call', parts: [each(target, method, array(argument))] }],
  [751, { op: 'create-monitored-items', parts: [u32, u32, each(...readValue, u32, watched)] }],
  [763, { op: 'modify-monitored-items', parts: [u32, u32, array(u32, rehandled)] }],
  [769, { op: 'set-monitoring-mode', parts: [u32, u32, numbers] }],
  [775, { op: 'set-triggering', parts: [u32, u32, numbers, numbers] }],
  [781, { op: 'delete-monitored-items', parts: [u32, numbers] }],
  [787, { op: 'create-subscription', parts: [...subscription, boolean, boolean] }],
  [793, { op: 'modify-subscription', parts: [u32, ...subscription, boolean] }],
  [799, { op: 'set-publishing-mode', parts: [boolean, numbers] }],
  [826, { op: 'publish', parts: [array(u32, u32)] }],
  [832, { op: 'republish', parts: [u32, u32] }],
  [841, { op: 'transfer-subscriptions', parts: [numbers, boolean, transferred] }],
  [847, { op: 'delete-subscriptions', parts: [numbers] }],
  [12208, { op: 'find-servers-on-network', parts: [u32, u32, strings] }],
  [12211, { op: 'register-server2', parts: [...registeredServer, array(extension)] }],
])
