/** Many events as one text for a person. */
import { spelled } from '#core/legible.ts'
import { eventKinds } from '#schema/event-kinds.ts'
import { line } from '#schema/event-text.ts'
import type { Event } from '#schema/event.ts'
import type { Totals } from './outlet.ts'

const worstFirst = ({ kinds }: Totals) =>
  [...kinds].toSorted(
    ([a, many], [b, more]) => eventKinds[b].severity - eventKinds[a].severity || more - many || a.localeCompare(b),
  )

const countText = (count: number): string => (count === 1 ? '1 event' : `${count} events`)

/** `12 events at riverside: 9 denied, 3 scan`. */
export const subject = (events: readonly Event[], totals: Totals): string => {
  const kinds = worstFirst(totals)
  const named = kinds.slice(0, 3).map(([kind, count]) => `${count} ${eventKinds[kind].label}`)
  const sites = new Set(events.map(({ site }) => site))
  const where = sites.size === 1 ? ` at ${[...sites].join('')}` : ''
  return `${countText(totals.events)}${where}: ${named.join(', ')}${kinds.length > 3 ? ', …' : ''}`
}

export const digest = (events: readonly Event[], totals: Totals): string => {
  const kinds = worstFirst(totals).map(([kind, count]) => `${String(count).padStart(7)}  ${eventKinds[kind].label}`)
  const more = totals.events - events.length
  return [
    `${countText(totals.events)}, times in UTC.`,
    '',
    ...kinds,
    '',
    ...events.map((event) => `${event.site}/${event.edge}  ${line(event)}`),
    ...(more > 0 ? ['', `… and ${more} more, which the manager has.`] : []),
    '',
  ].join('\n')
}

/** What fits into one short message (GSM 03.40: 160 septets; other alphabets need more, and gateways join parts). */
export const short = (events: readonly Event[], totals: Totals): string => {
  const worst = events.toSorted((a, b) => eventKinds[b.kind].severity - eventKinds[a.kind].severity)[0]
  const first = worst === undefined ? '' : ` ${worst.site}: ${worst.text}`
  const text = totals.events === 1 ? `Bulkhead${first}` : `Bulkhead, ${subject(events, totals)}.${first}`
  // Cut before it is made legible: half a character would not be.
  return spelled(text.slice(0, 160), () => ' ')
}
