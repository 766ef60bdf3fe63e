/** Names that hosts tell of themselves and others by DNS, LLMNR and multicast DNS with its service discovery (RFC 6763). */
import { canonicalIp, formatIp4At, formatIp6At } from '#core/address.ts'
import type { FactName } from '#core/message.ts'
import { nameAt, readAnswer, recordTypes, type ResourceRecord } from './dns.ts'
import { sure, type Read, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

/** Keys of TXT records in small letters: what printers, cameras and boards of most makers use. */
const keys: Readonly<Record<string, FactName>> = {
  model: 'model',
  md: 'model',
  ty: 'model',
  usb_mdl: 'model',
  product: 'model',
  usb_mfg: 'vendor',
  mfg: 'vendor',
  manufacturer: 'vendor',
  vendor: 'vendor',
  serial: 'serial',
  serialnumber: 'serial',
  fw: 'firmware',
  firmware: 'firmware',
  note: 'location',
}
const mostStrings = 32

/** What offers a service is, by the first label of the service. */
const roles: Readonly<Record<string, string>> = {
  _ipp: 'printer',
  _ipps: 'printer',
  _printer: 'printer',
  '_pdl-datastream': 'printer',
  '_axis-video': 'camera',
  _onvif: 'camera',
  _workstation: 'workstation',
}

/**
 * Canonical addresses of plants and offices (RFC 6890; RFC 1918, 3; RFC 4193, 3): what a DNS server says of the rest of the world is
 * no part of an inventory. By their text, as one in a busy network is looked at for every answer.
 */
const local =
  /^(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.(?:168|0\.2)\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|198\.(?:1[89]|51\.100)\.|203\.0\.113\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|2001:db8:)/

/** A name without the `local` of multicast DNS; empty for one that is no host's. */
const hostOf = (labels: readonly string[]): string =>
  (labels.at(-1)?.toLowerCase() === 'local' ? labels.slice(0, -1) : labels).join('.')

/** The address that a name below in-addr.arpa or ip6.arpa stands for (RFC 1035, 3.5; RFC 3596, 2.5). */
export const reverseOf = (labels: readonly string[]): string | undefined => {
  const [top, kind] = [labels.at(-1)?.toLowerCase(), labels.at(-2)?.toLowerCase()]
  const parts = labels.slice(0, -2).toReversed()
  if (top !== 'arpa') return undefined
  if (kind === 'in-addr' && parts.length === 4) return canonicalIp(parts.join('.'))
  if (kind !== 'ip6' || parts.length !== 32) return undefined
  return canonicalIp(parts.join('').replaceAll(/.{4}(?!$)/g, '$&:'))
}

const addressOf = (bytes: Uint8Array, { type, from, to }: ResourceRecord): string | undefined => {
  if (type === recordTypes.a && to - from === 4) return formatIp4At(bytes, from)
  return type === recordTypes.aaaa && to - from === 16 ? formatIp6At(bytes, from) : undefined
}

/** Records that give an address a name. */
const tellAddress = (bytes: Uint8Array, record: ResourceRecord, confidence: number, tell: Tell): void => {
  const ip = addressOf(bytes, record)
  if (ip !== undefined) tell('name', hostOf(record.labels), confidence, { ip })
  const reverse = record.type === recordTypes.ptr ? reverseOf(record.labels) : undefined
  if (reverse !== undefined) tell('name', hostOf(nameAt(bytes, record.from).labels), confidence, { ip: reverse })
}

const tellKeys = (bytes: Uint8Array, { from, to }: ResourceRecord, tell: Tell): void => {
  let at = from
  for (let left = mostStrings; left > 0 && at < to; left--) {
    const next = at + 1 + (bytes[at] ?? 0)
    const text = textAt(bytes, at + 1, Math.min(next, to))
    const equals = text.indexOf('=')
    const name = keys[text.slice(0, Math.max(0, equals)).toLowerCase()]
    // Printers put their product in brackets.
    if (name !== undefined) tell(name, text.slice(equals + 1).replaceAll(/^\((.*)\)$/g, '$1'), sure.name)
    at = next
  }
}

/** The instance of a service: its labels are the instance, `_service`, `_tcp` or `_udp`, and the domain (6763, 4.1). */
const tellService = (labels: readonly string[], tell: Tell): void => {
  const place = labels.findIndex((label, index) => index > 0 && /^_(tcp|udp)$/i.test(label))
  const service = labels[place - 1]?.toLowerCase() ?? ''
  if (!service.startsWith('_')) return
  if (service !== '_device-info') tell('service', `${service}.${labels[place]?.toLowerCase() ?? ''}`, sure.name)
  const role = roles[service]
  if (role !== undefined) tell('role', role, sure.banner)
  const [, mac] =
    service === '_workstation' ? (/\[((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\]$/i.exec(labels[0] ?? '') ?? []) : []
  if (mac !== undefined) tell('mac', mac.toLowerCase(), sure.name)
}

const tellRecord = (bytes: Uint8Array, record: ResourceRecord, tell: Tell): void => {
  const { type, labels, from, to } = record
  tellAddress(bytes, record, sure.name, tell)
  if (type === recordTypes.txt || type === recordTypes.srv) tellService(labels, tell)
  if (type === recordTypes.txt) tellKeys(bytes, record, tell)
  if (type === recordTypes.srv && to - from > 6) tell('name', hostOf(nameAt(bytes, from + 6).labels), sure.name)
  if (type === recordTypes.hinfo) {
    const system = from + 1 + (bytes[from] ?? 0)
    const end = system + 1 + (bytes[system] ?? 0)
    if (end <= to) tell('os', textAt(bytes, system + 1, end), sure.banner)
  }
}

/** Answers, and the records that a host proposes for itself (RFC 6762, 8.2). Known answers in a question are of others. */
export const readMdns: Read = (bytes, tell) => {
  const message = readAnswer(bytes)
  if (message === undefined || message.operation !== 0) return
  const { isResponse, answers, authorities, additional } = message
  for (const record of isResponse ? [...answers, ...additional] : authorities)
    if (record.ttl > 0) tellRecord(bytes, record, tell)
}

/** Whoever answers a name of one link is the host of that name. */
export const readLlmnr: Read = (bytes, tell) => {
  const message = readAnswer(bytes)
  if (message?.isResponse === true) for (const record of message.answers) tellAddress(bytes, record, sure.name, tell)
}

/** A server's answers, as far as they name addresses that are not of the whole world. */
export const readDns: Read = (bytes, tell) => {
  const message = readAnswer(bytes)
  if (message?.isResponse !== true || message.operation !== 0) return
  for (const record of message.answers) {
    const ip = addressOf(bytes, record) ?? reverseOf(record.labels)
    if (ip !== undefined && local.test(ip)) tellAddress(bytes, record, 0.6, tell)
  }
}
