/** The conditions under which a conduit permits: times, and the risk of whoever it is from. */
import type { Conduit } from '#schema/site.ts'

type When = Conduit['when']

/** Group of times during which it is open. */
export const timesOf = (when: When): string | undefined => (typeof when === 'string' ? when : when?.times)

/** Risk that its source must stay below. */
export const riskBelowOf = (when: When): number | undefined =>
  typeof when === 'object' ? when['risk-below'] : undefined

/** Whether what holds under `inner` holds under `outer` too, groups of times being the same by their name. */
export const whenCovers = (outer: When, inner: When): boolean => {
  const [times, risk, innerRisk] = [timesOf(outer), riskBelowOf(outer), riskBelowOf(inner)]
  return (
    (times === undefined || times === timesOf(inner)) &&
    (risk === undefined || (innerRisk !== undefined && innerRisk <= risk))
  )
}

/** Where the document says it. */
export const whenPath = (when: When, key: 'times' | 'risk-below'): readonly string[] =>
  typeof when === 'string' ? ['when'] : ['when', key]

/** As a person writes it: `maintenance-hours`, or `{ times: maintenance-hours, risk-below: 40 }`. */
export const whenText = (when: When): string | undefined => {
  if (when === undefined || typeof when === 'string') return when
  return `{ ${Object.entries(when)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')} }`
}
