/**
 * BACnet/IP against tshark: functions, services and invoke identifiers, objects and properties of the services that address them, and
 * present values.
 */
import type { Message } from '#core/message.ts'
import { objectTypes, properties } from '#protocols/bacnet/names.ts'
import { confirmed } from '#protocols/bacnet/services.ts'
import { numberOf, textOf } from './command.ts'
import type { Oracle, Row } from './oracle.ts'

/** Services whose first object and property are compared, and those of which all are. */
const first: ReadonlySet<number> = new Set([
  confirmed.subscribeCov,
  confirmed.addListElement,
  confirmed.removeListElement,
  confirmed.readProperty,
  confirmed.writeProperty,
  confirmed.readRange,
])
const every: ReadonlySet<number> = new Set([confirmed.readPropertyMultiple, confirmed.writePropertyMultiple])

/** The service of a Reject or Abort that answers nothing that was asked. */
const unmatched = 255

const numbers = (row: Row, field: string): number[] => (row[field] ?? []).map(Number)
const presentValue = 85

const valueOf = (row: Row): string[] => {
  for (const kind of ['real', 'double', 'uint', 'int', 'enum_index', 'boolean']) {
    const found = row[`bacapp.present_value.${kind}`]?.[0]
    if (found !== undefined)
      return [`value ${Number(found === 'True' ? 1 : found === 'False' ? 0 : found).toPrecision(5)}`]
  }
  return []
}

/** Envelopes that are commands besides what they carry. */
const envelopes: ReadonlySet<number> = new Set([4, 9])
const carriers: ReadonlySet<number> = new Set([4, 9, 10, 11])

const addressed = (row: Row, service: number, answer: boolean): string[] => {
  if (!first.has(service) && !every.has(service)) return []
  const types = numbers(row, 'bacapp.objectType')
  const instances = numbers(row, 'bacapp.instance_number')
  const count = first.has(service) || answer ? 1 : types.length
  const objects = types.slice(0, count).map((type, index) => `object ${type}:${instances[index]}`)
  const all = numbers(row, 'bacapp.property_identifier').map((property) => `property ${property}`)
  const named = every.has(service) ? all : all.slice(0, 1)
  const value =
    (service === confirmed.readProperty || service === confirmed.writeProperty) && all[0] === `property ${presentValue}`
  return [...objects, ...named, ...(value ? valueOf(row) : [])]
}

const reverse = (names: ReadonlyMap<number, string>): ReadonlyMap<string, number> =>
  new Map([...names].map(([number, name]) => [name, number]))
const typeNumbers = reverse(objectTypes)
const propertyNumbers = reverse(properties)

/** Objects one after the other, then properties, as tshark's lists are. */
const commandsOf = (message: Message, service: number, answer: boolean): string[] => {
  if (!first.has(service) && !every.has(service)) return []
  const objects: string[] = []
  const named: string[] = []
  const values: string[] = []
  for (const command of message.commands.slice(0, message.count)) {
    const type = textOf(command, 'object-type')
    const property = textOf(command, 'property')
    if (type === undefined) continue
    const object = `object ${typeNumbers.get(type) ?? type}:${numberOf(command, 'instance')}`
    if (objects.at(-1) !== object) objects.push(object)
    if (property === undefined) continue
    named.push(`property ${propertyNumbers.get(property) ?? property}`)
    const single = service === confirmed.readProperty || service === confirmed.writeProperty
    if (single && property === 'present-value' && command.valueCount === 1 && !command.unreadable)
      values.push(`value ${(command.values[0] ?? 0).toPrecision(5)}`)
  }
  return [...(answer ? objects.slice(0, 1) : objects), ...named, ...values]
}

const links: Readonly<Record<string, readonly number[]>> = {
  'bvlc-result': [0],
  'write-broadcast-distribution-table': [1],
  'read-broadcast-distribution-table': [2, 3],
  'forwarded-npdu': [4],
  'register-foreign-device': [5],
  'read-foreign-device-table': [6, 7],
  'delete-foreign-device-table-entry': [8],
  'distribute-broadcast-to-network': [9],
  'secure-bvll': [12],
  'who-is-router-to-network': [0],
  'i-am-router-to-network': [1],
  'network-number-is': [0x13],
}
const networkOps: ReadonlySet<string> = new Set([
  'who-is-router-to-network',
  'i-am-router-to-network',
  'network-number-is',
])

const unconfirmedNumbers: Readonly<Record<string, number>> = {
  'i-am': 0,
  'i-have': 1,
  'unconfirmed-cov-notification': 2,
  'unconfirmed-event-notification': 3,
  'unconfirmed-private-transfer': 4,
  'text-message': 5,
  'time-synchronization': 6,
  'who-has': 7,
  'who-is': 8,
  'utc-time-synchronization': 9,
  'write-group': 10,
  'unconfirmed-cov-notification-multiple': 11,
  'audit-notification': 12,
  'who-am-i': 13,
  'you-are': 14,
}

export const bacnetOracle: Oracle = {
  protocol: 'bacnet',
  filter: 'bvlc && !icmp',
  fields: [
    'udp.payload',
    'bvlc.function',
    'bacnet.mesgtyp',
    'bacapp.type',
    'bacapp.confirmed_service',
    'bacapp.unconfirmed_service',
    'bacapp.invoke_id',
    'bacapp.more_segments',
    'bacapp.SRV',
    'bacapp.objectType',
    'bacapp.instance_number',
    'bacapp.property_identifier',
    'bacapp.who_is.low_limit',
    'bacapp.present_value.boolean',
    'bacapp.present_value.uint',
    'bacapp.present_value.int',
    'bacapp.present_value.real',
    'bacapp.present_value.double',
    'bacapp.present_value.enum_index',
  ],
  expected(row) {
    // A length that is not the datagram's: devices differ in which of the two they read by, and we read nothing.
    const payload = Buffer.from(row['udp.payload']?.[0] ?? '', 'hex')
    if (payload.length < 4 || payload.readUInt16BE(2) !== payload.length) return []
    const link = numbers(row, 'bvlc.function')[0] ?? -1
    if (!carriers.has(link)) return [`link ${link}`]
    const network = numbers(row, 'bacnet.mesgtyp')[0]
    const type = numbers(row, 'bacapp.type')[0]
    const service = numbers(row, 'bacapp.confirmed_service')[0] ?? -1
    const invoke = numbers(row, 'bacapp.invoke_id')[0] ?? -1
    const texts: string[] = []
    if (network !== undefined) texts.push(`network ${network}`)
    else if (type === 0) texts.push(`asks ${service} as ${invoke}`, ...addressed(row, service, false))
    else if (type === 1) {
      const choice = numbers(row, 'bacapp.unconfirmed_service')[0] ?? -1
      texts.push(`says ${choice}`)
      if (choice === 0) texts.push(`device ${numbers(row, 'bacapp.instance_number')[0]}`)
      const low = numbers(row, 'bacapp.who_is.low_limit')[0]
      if (choice === 8 && low !== undefined) texts.push(`device ${low}`)
    } else if (type === 2 || type === 5) texts.push(`answers ${service} as ${invoke}`)
    else if (type === 3) texts.push(`answers ${service} as ${invoke}`, ...addressed(row, service, true))
    else if (type === 6) texts.push(`refuses ${invoke}`)
    else if (type === 7 && ['1', 'True'].includes(row['bacapp.SRV']?.[0] ?? '')) texts.push(`refuses ${invoke}`)
    if (envelopes.has(link)) texts.push(`link ${link}`)
    return texts
  },
  ours(message) {
    const texts: string[] = []
    const service = Math.floor(message.transaction / 256) % 256
    const invoke = message.transaction % 256
    const isLink = message.transaction >= 2 ** 48
    const { role } = message
    if (role === 'request' && !isLink)
      texts.push(`asks ${service} as ${invoke}`, ...commandsOf(message, service, false))
    if (role === 'response' && service === unmatched) texts.push(`refuses ${invoke}`)
    else if (role === 'response' && !isLink)
      texts.push(`answers ${service} as ${invoke}`, ...commandsOf(message, service, true))
    for (const { op, spans, spanNames, lows } of message.commands.slice(0, message.count)) {
      const choice = role === 'one-way' ? unconfirmedNumbers[op] : undefined
      if (choice !== undefined) texts.push(`says ${choice}`)
      if (choice !== undefined && spans > 0 && spanNames[0] === 'device') texts.push(`device ${lows[0]}`)
      const codes = links[op]
      if (codes !== undefined && choice === undefined)
        texts.push(`${networkOps.has(op) ? 'network' : 'link'} ${codes[role === 'response' ? codes.length - 1 : 0]}`)
    }
    return texts
  },
}
