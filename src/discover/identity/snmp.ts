/**
 * SNMP: messages of RFC 1157, 4 and RFC 3416, 3; objects of RFC 3418 and RFC 6933. The community, which is a password, is stepped
 * over: only that it came in clear text is told.
 */
import { formatIp4At } from '#core/address.ts'
import type { FactName } from '#core/message.ts'
import { berTags, elementAt, elementsIn, numberAt, oidAt, type Element } from './ber.ts'
import { tellDescription } from './descriptions.ts'
import { enterpriseName } from './enterprises.ts'
import { sure, type Read, type Subject, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

const pdus = { response: 0xa2, trap1: 0xa4, inform: 0xa6, trap2: 0xa7 } as const
const requests: ReadonlySet<number> = new Set([0xa0, 0xa1, 0xa3, 0xa5])
/** Their values are the sender's own. */
const answers: ReadonlySet<number> = new Set([pdus.response, pdus.inform, pdus.trap2])
const secured = 3
const unset = '0.0.0.0'

const system = '1.3.6.1.2.1.1.'
const objects: Readonly<Record<string, FactName>> = { '5.0': 'name', '6.0': 'location' }
/** Columns of entPhysicalTable. Its software, where there is any, is what runs; its firmware is what starts it. */
const physical = '1.3.6.1.2.1.47.1.1.1.1.'
const columns: Readonly<Record<string, FactName>> = {
  8: 'hardware',
  10: 'firmware',
  11: 'serial',
  12: 'vendor',
  13: 'model',
}

/** The vendor by the enterprise that an object identifier is below. */
const tellEnterprise = (oid: string, confidence: number, tell: Tell, of: Subject): void => {
  const [, number] = /^1\.3\.6\.1\.4\.1\.(\d+)/.exec(oid) ?? []
  if (number !== undefined) tell('vendor', enterpriseName(Number(number)), confidence, of)
}

const tellBinding = (bytes: Uint8Array, binding: Element, tell: Tell, of: Subject): void => {
  const [name, value] = elementsIn(bytes, binding)
  if (name?.tag !== berTags.objectIdentifier || value === undefined) return
  const oid = oidAt(bytes, name)
  if (oid === `${system}2.0` && value.tag === berTags.objectIdentifier)
    tellEnterprise(oidAt(bytes, value), sure.identity, tell, of)
  if (value.tag !== berTags.octetString) return
  const text = textAt(bytes, value.from, value.to)
  if (oid === `${system}1.0`) tellDescription(text, sure.identity, tell, of)
  const object = oid.startsWith(system) ? objects[oid.slice(system.length)] : undefined
  if (object !== undefined) tell(object, text, sure.identity, of)
  if (!oid.startsWith(physical)) return
  const [column = '', index] = oid.slice(physical.length).split('.')
  const property = columns[column]
  // The first entity is the whole in most devices; others are its modules.
  if (property !== undefined) tell(property, text, index === '1' ? sure.identity : sure.hint, of)
}

const tellBindings = (bytes: Uint8Array, list: Element | undefined, tell: Tell, of: Subject): void => {
  if (list?.tag !== berTags.sequence) return
  for (const binding of elementsIn(bytes, list))
    if (binding.tag === berTags.sequence) tellBinding(bytes, binding, tell, of)
}

/** RFC 1157, 4.1.6: the enterprise and the address of the agent, which another may pass on, before its bindings. */
const tellTrap = (bytes: Uint8Array, pdu: Element, tell: Tell): void => {
  const [enterprise, agent, , , , bindings] = elementsIn(bytes, pdu)
  const ip = agent !== undefined && agent.to - agent.from === 4 ? formatIp4At(bytes, agent.from) : unset
  const of: Subject = ip === unset ? 'sender' : { ip }
  if (enterprise?.tag === berTags.objectIdentifier) tellEnterprise(oidAt(bytes, enterprise), sure.banner, tell, of)
  tellBindings(bytes, bindings, tell, of)
}

export const readSnmp: Read = (bytes, tell) => {
  const message = elementAt(bytes, 0, bytes.length)
  const [version, community, pdu] = message?.tag === berTags.sequence ? elementsIn(bytes, message) : []
  if (version?.tag !== berTags.integer || community?.tag !== berTags.octetString || pdu === undefined) return
  if (numberAt(bytes, version) >= secured) return
  if (requests.has(pdu.tag)) {
    // Nobody may have answered.
    tell('clear-text-login', 'snmp', sure.hint, 'receiver')
    return
  }
  if (!answers.has(pdu.tag) && pdu.tag !== pdus.trap1) return
  tell('clear-text-login', 'snmp', sure.login)
  if (pdu.tag === pdus.trap1) tellTrap(bytes, pdu, tell)
  else tellBindings(bytes, elementsIn(bytes, pdu)[3], tell, 'sender')
}
