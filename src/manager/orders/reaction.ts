/** Events of edges that an order may follow from. */
import { responseEvents } from '#schema/site.ts'
import type { IngestedEvent, Reaction } from '../events/reaction.ts'
import { agreedOn, agreedOnScan, type Evidence } from './agreed.ts'
import { propose } from './automatic.ts'
import type { Manager } from '../context.ts'

/**
 * Who may stand behind a containment that is a cause. What a person or a manager ordered is the end of a chain, never its beginning: so
 * no order can bring forth another.
 */
const causes: ReadonlySet<string> = new Set(['kernel', 'policy'])

/** ms */
const oldestMs = 400 * 86_400_000

const namedIn = (details: IngestedEvent['event']['details']): Evidence | undefined =>
  responseEvents.find((one) => one === details?.['response'])

const about = async (manager: Manager, { edge, event, received }: IngestedEvent): Promise<void> => {
  const { kind, reason, zone, source, by } = event
  const ip = source?.ip
  if (ip === undefined) return
  if (kind === 'containment' && !causes.has(by ?? '')) return
  const fact = { kind, reason, zone, ip }
  const told = Date.parse(event.first)
  // No edge keeps events for that long: its clock is wrong, and must not keep an order back.
  const detected = told > received || received - told > oldestMs ? received : told
  const cause = { event: event.id, site: edge.site, edge: edge.edge, ip, detected, received, zone, text: event.text }
  await propose(manager, cause, (site) =>
    kind === 'scan' ? agreedOnScan(site, fact) : agreedOn(site, fact, namedIn(event.details)),
  )
}

export const orderReaction: Reaction = {
  name: 'orders',
  // What decoys tell is not among them: when a budget is spent or a login decides, the edge contains, and that event is the cause. Nor is
  // `spoof`: its source is the address of somebody else.
  kinds: ['containment', 'scan'],
  react: async (manager, events) => {
    for (const one of events) await about(manager, one)
  },
}
