/** Events as people read them. Pure; colour is the caller's decision (only on a terminal). */
import { clipped, legible } from '#core/legible.ts'
import { eventKinds } from './event-kinds.ts'
import type { Event, EventDraft, EventEnd } from './event.ts'

/** `plc-fill (198.18.1.10)`, `198.18.1.40 on port cell`, `00:1b:1b:aa:00:10`. */
export const endText = (end: EventEnd | undefined): string | undefined => {
  if (end === undefined) return undefined
  const address = end.ip ?? end.mac
  if (end.asset !== undefined) return address === undefined ? end.asset : `${end.asset} (${address})`
  const vlan = end.vlan === undefined || end.vlan === 0 ? '' : ` in VLAN ${end.vlan}`
  if (address === undefined) return end.port === undefined ? undefined : `port ${end.port}`
  return `${address}${vlan}${end.port === undefined ? '' : ` on port ${end.port}`}`
}

/** `tcp/502`, `icmp`, `0x8892`. */
export const serviceText = ({ protocol, port }: Pick<EventDraft, 'protocol' | 'port'>): string | undefined =>
  protocol === undefined ? undefined : port === undefined ? protocol : `${protocol}/${port}`

/**
 * One sentence for an event whose reporter gave none: what happened, who, to whom, why. How often is the event's count.
 * At most 500 characters.
 */
export const sentence = (event: EventDraft): string => {
  const { label, summary } = eventKinds[event.kind]
  const source = endText(event.source)
  const destination = endText(event.destination)
  const service = serviceText(event)
  const about = event.conduit === undefined ? event.zone && `zone ${event.zone}` : `conduit ${event.conduit}`
  const who = [
    source === undefined ? summary.replace(/\.$/, '') : `${label}: ${source}`,
    destination && `to ${destination}`,
    service && `with ${service}`,
    about && `(${about})`,
  ]
  const said = [...who, event.reason && `because ${event.reason}`, event.by && `by ${event.by}`]
  const text = said
    .flatMap((part, at) => (part === undefined || part === '' ? [] : [at < who.length ? ` ${part}` : `, ${part}`]))
    .join('')
    .trim()
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1, 498)}.`
}

export interface LineOptions {
  readonly colour?: boolean
  /** IANA zone for the clock column and for times within the sentence; UTC when absent. */
  readonly timezone?: string
  readonly width?: number
}

// SGR codes: red, yellow, default, dim.
const tone = (severity: number): string => (severity >= 7 ? '31' : severity >= 5 ? '33' : severity >= 3 ? '0' : '2')
const paint = (code: string, text: string, colour: boolean): string =>
  colour ? `\u001B[${code}m${text}\u001B[0m` : text

const clocks = new Map<string, Intl.DateTimeFormat>()
const clock = (time: Date, timezone: string): string => {
  // Making the first Intl format of a process takes 20 ms of processor, and this is the one that a daemon needs.
  if (timezone === 'UTC') return time.toISOString().slice(0, 19).replace('T', ' ')
  const made =
    clocks.get(timezone) ??
    new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  clocks.set(timezone, made)
  return made.format(time)
}

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** The sentence, with its times by the same clock as the column before it: `until 22:30` must not stand beside 23:10. */
const wordsOf = ({ text }: Event, timezone: string): string =>
  legible(text).replaceAll(isoTime, (iso) => (Number.isNaN(Date.parse(iso)) ? iso : clock(new Date(iso), timezone)))

/** One terminal line: time, kind, sentence, exact count. */
export const line = (
  event: Event,
  { colour = false, timezone = 'UTC', width = Infinity }: LineOptions = {},
): string => {
  const { label, severity } = eventKinds[event.kind]
  const at = clock(new Date(event.time), timezone)
  const count = event.count > 1 ? `  ×${event.count}` : ''
  const room = Math.max(20, width - at.length - 17 - count.length)
  const kind = label.toUpperCase().padEnd(13)
  return `${paint('2', at, colour)}  ${paint(tone(severity), kind, colour)}  ${clipped(wordsOf(event, timezone), room)}${count}`
}
