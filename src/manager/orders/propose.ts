/** For other rooms that find a source worth containing: the same way as an edge's own events. */
import type { Manager } from '../context.ts'
import { agreedOn, type Evidence } from './agreed.ts'
import { propose } from './automatic.ts'
import type { OrderRow } from './rows.ts'

export interface Containment {
  readonly site: string
  /** Of the newest evidence. */
  readonly edge: string
  readonly ip: string
  /** Names what it follows from: what was proposed under it is proposed once. An event's id, or the like; at most 128 characters. */
  readonly key: string
  /** ms since 1970 */
  readonly detected: number
  /** Why, for people; at most 500 characters. */
  readonly text: string
  /** The response that would cover it: its row for this zone may make it an order. Without one a person is asked. */
  readonly response?: { readonly event: Evidence; readonly zone: string }
}

/**
 * Contains a source where an agreed response covers it, and asks a person where none does. What is contained, asked or refused already is
 * left as it is.
 */
export const proposeContainment = (manager: Manager, one: Containment): Promise<readonly OrderRow[]> => {
  const { key, response, ...rest } = one
  const cause = { ...rest, event: key, received: manager.now(), zone: response?.zone }
  return propose(manager, cause, (site) =>
    response === undefined
      ? { does: 'ask', evidence: 'risk' }
      : agreedOn(site, { kind: 'risk', zone: response.zone, ip: one.ip }, response.event),
  )
}
