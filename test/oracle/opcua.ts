/** OPC UA against tshark: services, node identifiers, attributes, endpoints, policies, and the numbers that are written and read. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { services } from '#protocols/opcua/services.ts'
import { numbersOf, textOf, textsOf } from './command.ts'
import type { Oracle, Row } from './oracle.ts'

/** Fields of numbers by built-in type; an array's have an s, but for bytes. */
const numbers = 'Boolean SByte Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double'
  .split(' ')
  .flatMap((name) => (name === 'Byte' ? [`opcua.${name}`] : [`opcua.${name}`, `opcua.${name}s`]))

const number = (text: string): number => (text === 'True' ? 1 : text === 'False' ? 0 : Number(text))
/** In one order, and as exactly as tshark writes them. */
const listed = (values: readonly number[]): string =>
  values
    .map((value) => Number(value.toPrecision(6)))
    .toSorted((a, b) => a - b)
    .join(' ')

/** Node identifiers of a row in the order of the wire, from the lists of their parts. */
const nodesOf = (row: Row): string[] => {
  const next = (name: string, taken: Record<string, number>): string => {
    const at = taken[name] ?? 0
    taken[name] = at + 1
    return row[`opcua.nodeid.${name}`]?.[at] ?? ''
  }
  const taken: Record<string, number> = {}
  return (row['opcua.nodeid.encodingmask'] ?? []).map((mask) => {
    const kind = Number(mask)
    const namespace = kind === 0 ? '0' : next('nsindex', taken)
    const prefix = namespace === '0' ? '' : `ns=${namespace};`
    if (kind === 3) return `${prefix}s=${next('string', taken)}`
    if (kind === 4) return `${prefix}g=${next('guid', taken)}`
    if (kind === 5)
      return `${prefix}b=${Buffer.from(next('bytestring', taken).replaceAll(':', ''), 'hex').toString('base64')}`
    return `${prefix}i=${next('numeric', taken)}`
  })
}

/** Which of a request's node identifiers it operates on: where they begin, how many each item has, and which of those count. */
const operands: Readonly<Record<string, readonly [first: number, stride: number, places: readonly number[]]>> = {
  read: [0, 1, [0]],
  write: [0, 1, [0]],
  browse: [1, 2, [0]],
  'register-nodes': [0, 1, [0]],
  'unregister-nodes': [0, 1, [0]],
  'history-read': [1, 1, [0]],
  call: [0, 2, [0, 1]],
  'translate-browse-paths': [0, Number.POSITIVE_INFINITY, [0]],
  // What its attributes and type name comes behind.
  'add-nodes': [0, Number.POSITIVE_INFINITY, [0, 2]],
}

/** Operands of filters, and the type of events: what may be named behind a filter's type. */
const inFilters = /^i=(594|597|600|603|2041)$/
/** Each item's node and attribute; behind them is the filter's type, and what that names of its own. */
const monitored = (nodes: readonly string[], attributes: readonly string[]): readonly string[] => {
  const texts: string[] = []
  let attribute = 0
  for (let at = 0; at < nodes.length; at += 2) {
    texts.push(`create-monitored-items ${nodes[at]} ${Number(attributes[attribute++])}`)
    // An AggregateFilter names its aggregate.
    if (nodes[at + 1] === 'i=730') at++
    for (let next; inFilters.test((next = nodes[at + 2] ?? '')); at++) {
      if (next === 'i=2041' || next === 'i=600') attribute++
      // An AttributeOperand names a node and, in these captures, one step of a path.
      if (next === 'i=600') at += 2
    }
  }
  return texts
}

const request = (row: Row, type: number): readonly string[] => {
  const op = services.get(type)?.op ?? `unlisted ${type}`
  // The authentication token and the type of the additional header come first.
  const nodes = nodesOf(row).slice(2)
  if (op === 'activate-session') return [`${op} ${nodes[0]}`]
  if (op === 'get-endpoints' || op === 'create-session') return [`${op} ${row['opcua.EndpointUrl']?.[0] ?? ''}`]
  if (op === 'create-monitored-items') return monitored(nodes, row['opcua.AttributeId'] ?? [])
  const [first, stride, places] = operands[op] ?? [0, 1, []]
  if (places.length === 0) return [op]
  const texts: string[] = []
  const attributes = row['opcua.AttributeId'] ?? []
  for (let at = first; at < nodes.length; at += stride) {
    const named = places.map((place) => nodes[at + place] ?? '').filter((node) => node !== 'i=0')
    const attribute = attributes[texts.length]
    texts.push([op, ...named, ...(attribute === undefined ? [] : [Number(attribute)])].join(' '))
  }
  return op === 'write' ? [...texts, ...values(row)] : texts
}
/** Numbers of a row. Those that say how large a matrix is, which tshark shows as Int32 behind its elements, are none of its values. */
const values = (row: Row): readonly string[] => {
  // Numbers inside variants, data values and objects inside a value are none of it; 64 bits are kept as far as they are exact.
  if ((row['opcua.variant.has_value'] ?? []).some((mask) => [22, 23, 24].includes(Number(mask) & 0x3f))) return []
  const matrix = (row['opcua.variant.has_value'] ?? []).some((mask) => Number(mask) >= 0xc0)
  const dimensions = matrix ? Number(row['opcua.variant.ArraySize']?.at(-2)) : 0
  const all = numbers.flatMap((field) => {
    const list = (row[field] ?? [])
      .map(number)
      .filter((value) => !field.includes('Int64') || Number.isSafeInteger(value))
    return field === 'opcua.Int32' ? list.slice(0, list.length - dimensions) : list
  })
  return all.length === 0 ? [] : [`values ${listed(all)}`]
}

const tokens: Readonly<Record<string, string>> = {
  anonymous: 'i=321',
  username: 'i=324',
  certificate: 'i=327',
  'issued-token': 'i=940',
}
const ours = (command: ParsedCommand): string => {
  const { op } = command
  if (op === 'activate-session') return `${op} ${tokens[textOf(command, 'user-token') ?? ''] ?? ''}`
  const shown =
    op === 'open-secure-channel'
      ? textsOf(command, 'security-policy', 'security-mode')
      : op === 'opaque'
        ? []
        : textsOf(command, 'nodes', 'methods', 'endpoints')
  return [op, ...shown, ...numbersOf(command, 'attributes'), ...numbersOf(command, 'identifier')].join(' ')
}

const modes = ['', 'None', 'Sign', 'SignAndEncrypt']

export const opcuaOracle: Oracle = {
  protocol: 'opcua',
  filter: 'opcua && !_ws.malformed',
  decodeAs: ['tcp.port==48010,opcua'],
  fields: [
    'tcp.dstport',
    'opcua.transport.type',
    'opcua.transport.endpoint',
    'opcua.security.spu',
    'opcua.servicenodeid.numeric',
    'opcua.nodeid.encodingmask',
    'opcua.nodeid.nsindex',
    'opcua.nodeid.numeric',
    'opcua.nodeid.string',
    'opcua.nodeid.guid',
    'opcua.nodeid.bytestring',
    'opcua.AttributeId',
    'opcua.EndpointUrl',
    'opcua.MessageSecurityMode',
    'opcua.variant.has_value',
    'opcua.variant.ArraySize',
    ...numbers,
  ],
  expected(row) {
    const fromClient = ['4840', '48010'].includes(row['tcp.dstport']?.[0] ?? '')
    const types = (row['opcua.servicenodeid.numeric'] ?? []).map(Number)
    return (row['opcua.transport.type'] ?? []).flatMap((type) => {
      if (type === 'HEL') return [`hello ${row['opcua.transport.endpoint']?.[0] ?? ''}`]
      if (type !== 'OPN' && type !== 'MSG' && type !== 'CLO') return []
      const service = types.shift()
      if ((type === 'MSG' || (type === 'CLO' && fromClient)) && service === undefined) return ['opaque']
      if (!fromClient && services.has(service ?? 0)) return [`unlisted ${service}`]
      if (!fromClient) return service === 634 ? values(row) : []
      if (type === 'CLO') return ['close-secure-channel']
      if (type === 'MSG') return request(row, service ?? 0)
      const policy = row['opcua.security.spu']?.[0]?.split('#')[1] ?? ''
      const mode = modes[Number(row['opcua.MessageSecurityMode']?.[0] ?? 0)] ?? ''
      return [`open-secure-channel ${policy} ${mode}`.trim()]
    })
  },
  ours(message: Message, fromClient) {
    const commands = message.commands.slice(0, message.count)
    // Notifications are left out: a frame does not tell whether the request that named their nodes was seen.
    const readings = fromClient ? commands : commands.filter(({ op }) => op === 'read')
    const all = readings.flatMap((command) => [...command.values.subarray(0, command.valueCount)])
    const seen = all.length === 0 ? [] : [`values ${listed(all)}`]
    const texts = fromClient || ['opaque', 'unlisted'].includes(commands[0]?.op ?? '') ? commands.map(ours) : []
    const fault = message.fault === undefined || texts[0]?.startsWith('unlisted') === true ? [] : [message.fault]
    return [...texts, ...seen, ...fault]
  },
}
