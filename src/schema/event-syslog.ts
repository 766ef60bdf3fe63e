/** RFC 5424 messages, and RFC 6587 octet counting for streams (which RFC 5425 asks for over TLS). */
import { legibleJson } from '#core/legible.ts'
import { eventKinds } from './event-kinds.ts'
import type { Event } from './event.ts'
import { cef, type Product } from './event-cef.ts'

/** RFC 5424, 6.2.1. */
export const facilities = {
  kern: 0,
  user: 1,
  daemon: 3,
  auth: 4,
  syslog: 5,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const
export type Facility = keyof typeof facilities
export const facilityNames = Object.keys(facilities).filter((name): name is Facility => Object.hasOwn(facilities, name))

export const syslogFormats = ['json', 'cef'] as const
export type SyslogFormat = (typeof syslogFormats)[number]

export interface Origin extends Product {
  readonly pid: number
}

/** RFC 5424, table 2: 2 critical, 3 error, 4 warning, 5 notice, 6 informational. */
const severityOf = (severity: number): number =>
  severity >= 9 ? 2 : severity >= 7 ? 3 : severity >= 5 ? 4 : severity >= 3 ? 5 : 6

// RFC 5424, 6: header fields are printable ASCII without spaces.
const field = (text: string, length: number): string => text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, length) || '-'

/** RFC 5424, 7.3.1: counts the messages of one sender, so that a receiver sees what it missed. */
const sequence = (count: number): number => ((count - 1) % 2_147_483_647) + 1

export const body = (event: Event, format: SyslogFormat, product: Product): string =>
  format === 'cef' ? cef(event, product) : legibleJson(JSON.stringify(event))

/**
 * One message, without framing.
 * @param count the how many-th message of this sender it is, from 1
 */
export const syslogMessage = (
  event: Event,
  text: string,
  count: number,
  facility: Facility,
  { version, pid }: Origin,
): string => {
  const priority = facilities[facility] * 8 + severityOf(eventKinds[event.kind].severity)
  const origin = `[origin software="bulkhead" swVersion="${field(version, 32)}"][meta sequenceId="${sequence(count)}"]`
  return `<${priority}>1 ${event.time} ${field(event.edge, 255)} bulkhead ${pid} ${field(event.kind, 32)} ${origin} ${text}`
}

/** RFC 6587, 3.4.1: the length in octets, a space, the message. */
export const octetCounted = (message: string): Buffer => {
  const octets = Buffer.from(message)
  return Buffer.concat([Buffer.from(`${octets.length} `), octets])
}

/** RFC 5426, 3.2: what every receiver over UDP should take. */
export const datagramLimit = 2048

/** The event with less in it, for a datagram: without details, then with a shorter text. */
export const shorter = (event: Event): Event => ({
  ...event,
  text: event.text.slice(0, 100),
  details: { shortened: true },
})
