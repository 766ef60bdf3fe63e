/** Events as edges tell them, made up. */
import { randomBytes } from 'node:crypto'
import { nextId } from '#core/id.ts'
import { eventKinds, type EventKindName } from '#schema/event-kinds.ts'
import { type Event, timestamp } from '#schema/event.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'

let last: string | undefined
const id = (now: number): string => (last = nextId(last, now, randomBytes(10)))

const made = (edge: EdgeIdentity, kind: EventKindName, now: number, more: Partial<Event>): Event => {
  const at = timestamp(now)
  const base = {
    id: id(now),
    time: at,
    class: eventKinds[kind].class,
    kind,
    site: edge.site,
    edge: edge.edge,
    zone: 'cells',
  }
  return { ...base, count: 1, first: at, last: at, text: eventKinds[kind].summary, ...more }
}

/** What an edge tells when it contained a stranger. */
export const containmentEvent = (edge: EdgeIdentity, ip: string, now: number): Event =>
  made(edge, 'containment', now, {
    source: { ip },
    reason: 'stranger-contained',
    by: 'policy',
    text: `${ip} is contained.`,
    details: { mode: 'contain' },
  })

const services = [502, 102, 44_818, 20_000, 4840] as const

/** The n-th of a stream of what edges mostly tell: seven alerts in ten, three that are only counted, one audited in a hundred. */
export const ordinaryEvent = (edge: EdgeIdentity, n: number, now: number): Event => {
  const source = { ip: `198.18.${(n >> 8) & 255}.${n & 255}` }
  const conversation = {
    source,
    destination: { ip: `198.19.0.${(n % 250) + 1}` },
    protocol: 'tcp',
    port: services[n % 5]!,
  }
  if (n % 100 === 0) return made(edge, 'window-open', now, { by: 'policy' })
  return n % 10 < 7
    ? made(edge, 'denial', now, { ...conversation, reason: 'no-conduit', count: 1 + (n % 7) })
    : made(edge, 'would-deny', now, { ...conversation, reason: 'no-conduit' })
}
