import { eventKinds } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import type { Filter } from '#schema/manager-exchange.ts'

export const wants = ({ classes, kinds, severity, sites }: Filter, event: Event): boolean =>
  classes.includes(event.class) &&
  eventKinds[event.kind].severity >= severity &&
  (kinds === undefined || kinds.includes(event.kind)) &&
  (sites === undefined || sites.includes(event.site))
