import { legible } from '#core/legible.ts'
import { line } from '#schema/event-text.ts'
import { eventKindNames } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import type { FoundEvent, StoredEvent } from '#schema/manager-events.ts'
import type { Output } from '../output.ts'

const isKnown = (event: StoredEvent): event is Event => eventKindNames.some((name) => name === event.kind)

/** One event on one line, behind where it happened. */
export const printer = (output: Output): ((found: FoundEvent) => string) => {
  const colour = output.terminal && output.paint('red', 'x') !== 'x'
  const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions()
  return ({ event, intact, verdict }) => {
    const said = isKnown(event)
      ? line(event, { colour, timezone, width: Infinity })
      : `${event.time}  ${legible(event.kind)}  ${legible(event.text)}`
    const notes = [...(intact ? [] : ['NOT INTACT']), ...(verdict === undefined ? [] : [verdict])]
    return `${`${event.site}/${event.edge}`.padEnd(20)}  ${said}${notes.length === 0 ? '' : `  [${notes.join(', ')}]`}`
  }
}
