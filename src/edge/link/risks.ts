/** Risk scores of the manager. */
import { canonicalIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import type { RiskObject } from '#schema/link-objects.ts'
import type { Edge } from '../context.ts'
import { durably } from '../writing.ts'
import type { RiskOf } from './risk.ts'
import { keep, localExpiry, note, secondsLeft, type Stream } from './stream.ts'

const stream = 'risk'
const addressOf = ({ ip }: RiskObject): string => canonicalIp(ip) ?? ip

export const riskStream: Stream<RiskObject> = {
  take: (context, objects) => {
    const { edge } = context
    for (const object of objects) {
      const expires = localExpiry(context, object)
      const holds = object.score > 0 && secondsLeft(expires) > 0
      try {
        const before = performance.now()
        edge.risk.set(addressOf(object), holds ? object.score : 0, expires)
        const kernelMs = performance.now() - before
        durably(edge, () => {
          if (holds) keep(context, stream, object, addressOf(object), String(object.score))
          else edge.store.held.remove(stream, object.id)
          note(context, stream, object, { outcome: object.score > 0 && !holds ? 'expired' : 'enforced', kernelMs })
        })
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        durably(edge, () => {
          keep(context, stream, object, addressOf(object), '')
          note(context, stream, object, { outcome: 'refused', text: error.message })
        })
      }
    }
  },
  drop: ({ edge }, gone, kept) => {
    const still = new Set(kept.flatMap((object) => (object.type === 'risk' ? [addressOf(object)] : [])))
    for (const { id, ip } of gone) {
      if (!still.has(ip)) edge.risk.set(ip, 0, 0)
      durably(edge, () => edge.store.held.remove(stream, id))
    }
  },
  enforced: (edge, rows) => rows.filter(({ ip, became }) => edge.risk.of(ip) === Number(became)).length,
}

/** What was held when an earlier daemon ended. */
export const restoreRisk = (edge: Edge): void => {
  const now = Date.now()
  edge.risk.replace(
    edge.store.held
      .list(stream)
      .filter(({ became, expires }) => became !== '' && expires > now)
      .map(({ ip, became, expires }): RiskOf => ({ ip, score: Number(became), expires })),
  )
}
