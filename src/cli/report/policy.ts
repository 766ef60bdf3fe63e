/** The policy of a report: one that is named, or the one that is proposed from what was seen. */
import { basename } from 'node:path'
import { Fault } from '#core/errors.ts'
import { propose } from '#discover/propose/propose.ts'
import type { ReportedPolicy } from '#discover/report/input.ts'
import { loadPolicy } from '#policy/load.ts'
import type { AssessedPlant } from '../assess/plant.ts'

export interface PolicyOfReport {
  readonly policy?: ReportedPolicy
  readonly site?: string
}

/** @throws Fault `policy-invalid` or `file-unreadable` */
export const namedPolicy = (file: string): PolicyOfReport => {
  const { site, source } = loadPolicy(file)
  return {
    site: site.site,
    policy: { text: source.text, file: basename(file), conduits: site.conduits.length },
  }
}

/** None where nothing was seen that could be permitted. */
export const proposedPolicy = ({ observed, inventory, signs }: AssessedPlant, now: number): PolicyOfReport => {
  try {
    const { text, conduits, decisions, excluded } = propose(observed, inventory, signs, { now })
    return {
      policy: {
        text,
        conduits: conduits.length,
        decisions: decisions.map(({ conduit: { from, to, service, allow = [] } }) => {
          const ops = [...new Set(allow.map((one) => (typeof one === 'string' ? one : one.op)))]
          return `${from} to ${to}, ${service}: ${ops.slice(0, 6).join(', ')}${ops.length > 6 ? ' …' : ''}`
        }),
        excluded: excluded.map(({ text: why }) => why),
      },
    }
  } catch (error) {
    if (error instanceof Fault && error.code === 'not-found') return {}
    throw error
  }
}
