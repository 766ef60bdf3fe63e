/** Which conversations are inspected, and how: read by policy/nft, evaluate and the inspectors alike. */
import type { Mode } from '#schema/site.ts'
import type { Plan, PlanConduit } from './plan.ts'
import { zoneAt } from './tables.ts'

/** The mode of an inspected conversation: the conduit's own, else that of the server's zone, else of the client's. */
export const inspectedMode = (
  plan: Pick<Plan, 'zones'>,
  { mode }: PlanConduit,
  { client, server, vlan }: { readonly client: string; readonly server: string; readonly vlan: number },
): Mode => mode ?? zoneAt(plan, vlan, server)?.mode ?? zoneAt(plan, vlan, client)?.mode ?? 'observe'

/** Whether commands are only watched: nothing is queued, withheld or rewritten, and what would be denied is counted. */
export const isWatched = ({ denyAction }: PlanConduit, mode: Mode): boolean =>
  denyAction === 'log' || mode === 'observe' || mode === 'shadow'
