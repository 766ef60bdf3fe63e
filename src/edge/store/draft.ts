/** From what a reporter says to a complete event. */
import { Fault } from '#core/errors.ts'
import type { EventKindName } from '#schema/event-kinds.ts'
import { eventKinds } from '#schema/event-kinds.ts'
import { sentence } from '#schema/event-text.ts'
import { Event, type EventDraft, timestamp } from '#schema/event.ts'

export interface Identity {
  readonly site: string
  readonly edge: string
}

/**
 * A complete, valid event. What the draft does not say comes from its kind: class, technique, sentence; the count is 1.
 * @param now milliseconds since 1970
 * @throws Fault internal, when the reporter says something that is not an event
 */
export const complete = (draft: EventDraft, id: string, now: number, identity: Identity): Event => {
  const kind: EventKindName = draft.kind
  const { class: defaultClass, technique } = eventKinds[kind]
  const time = draft.time ?? timestamp(now)
  const made = Event.safeParse({
    ...draft,
    id,
    time,
    class: draft.class ?? defaultClass,
    site: draft.site ?? identity.site,
    edge: draft.edge ?? identity.edge,
    count: draft.count ?? 1,
    first: draft.first ?? draft.last ?? time,
    last: draft.last ?? draft.first ?? time,
    text: (draft.text ?? sentence(draft)).slice(0, 500),
    ...(technique !== undefined && { technique: draft.technique ?? technique }),
  })
  if (made.success) return made.data
  throw new Fault('internal', `An event of kind ${kind} was reported that is not one.`, {
    details: made.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  })
}
