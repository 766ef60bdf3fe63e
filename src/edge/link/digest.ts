/** What proves to the manager that what is enforced here is what it asked for. */
import type { Digest } from '#schema/link-frames.ts'
import { type StateStream, stateStreams } from '#schema/link-objects.ts'
import { stateDigest } from '#schema/chain.ts'
import type { Edge } from '../context.ts'
import { bypassLeft } from '../kernel/permits.ts'
import { running } from '../kernel/generations.ts'
import { stateOf } from '../status.ts'
import { refusalOf } from '../writing.ts'
import type { PoliciesHere } from './policies.ts'
import { streams } from './streams.ts'

export const noPolicy = '0'.repeat(64)

export const alarmsOf = (alarms: ReadonlyMap<string, string>): string[] =>
  [...alarms.values()].slice(0, 16).map((text) => text.slice(0, 500))

export const digestOf = (
  edge: Edge,
  policies: Pick<PoliciesHere, 'inForce'>,
  have: Record<StateStream, number>,
): Digest => {
  const { store } = edge
  const now = Date.now()
  refusalOf(() => store.held.expire(now))
  return {
    type: 'digest',
    at: now,
    policy: {
      ...policies.inForce(),
      intact: !edge.alarms.has('tamper') && running()?.digest === edge.plan.digest,
    },
    streams: stateStreams.map((stream) => {
      const held = store.held.list(stream).filter(({ expires }) => expires > now)
      return {
        stream,
        revision: have[stream],
        count: held.length,
        hash: stateDigest(held),
        enforced: held.length === 0 ? 0 : streams[stream].enforced(edge, held),
      }
    }),
    status: stateOf(edge, bypassLeft(edge.nft, edge.family) !== undefined, store.plans.pending() !== undefined),
    alarms: alarmsOf(edge.alarms),
    waiting: store.outbox.waiting(),
  }
}
