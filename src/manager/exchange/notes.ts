/** Events that the manager itself tells a receiver. */
import { eventKinds } from '#schema/event-kinds.ts'
import { type Event, timestamp } from '#schema/event.ts'
import { newId } from '../accounts/ids.ts'

const own = (kind: Event['kind'], now: number, count: number, text: string, details: Event['details']): Event => {
  const time = timestamp(now)
  return {
    id: newId(now),
    time,
    class: eventKinds[kind].class,
    kind,
    site: 'manager',
    edge: 'manager',
    count,
    first: time,
    last: time,
    by: 'manager',
    text,
    ...(details !== undefined && { details }),
  }
}

/** That this receiver lacks some: it was too far behind, or refused them. */
export const gapNote = (receiver: string, missing: number, now: number): Event =>
  own(
    'gap',
    now,
    missing,
    `About ${missing} events were not sent to ${receiver}: it was too far behind, or refused them. The manager has them.`,
    { receiver, missing },
  )

export const testNote = (receiver: string, now: number): Event =>
  own('sensor', now, 1, `This is a test of the receiver ${receiver}. Nothing happened.`, { receiver, test: true })
