/** The `responses:` table: what was agreed before the incident. */
import { durationSeconds } from '#schema/address.ts'
import type { Response, Site } from '#schema/site.ts'
import type { OutOfScope } from '../plan.ts'

/** A stranger is contained for an hour on this edge, a known asset is denied, where nobody agreed on anything else. */
const defaults = {
  stranger: { action: 'contain', seconds: 3600, scope: 'edge' },
  known: { action: 'deny', seconds: 3600, scope: 'edge' },
} as const satisfies Record<string, OutOfScope>

/** Reads `contain 1h site`; the schema has checked its form. `redirect` and `deceive` deny what no redirect catches. */
export const parseResponse = (text: string, fallback: OutOfScope): OutOfScope => {
  const [verb = 'deny', ...rest] = text.split(' ')
  const time = rest.find((word) => /^\d+[smhd]$/.test(word))
  const scope = rest.find((word): word is OutOfScope['scope'] => word === 'edge' || word === 'site' || word === 'fleet')
  return {
    action: verb === 'contain' ? 'contain' : verb === 'alert' ? 'alert' : 'deny',
    seconds: time === undefined ? fallback.seconds : durationSeconds(time),
    scope: scope ?? fallback.scope,
  }
}

const row = (site: Site, zone: string, event: Response['event']) =>
  site.responses.find((response) => response.zone === zone && response.event === event)

/** Response to an out-of-scope packet towards a zone, by whether its source is a known asset. */
export const outOfScope = (site: Site, zone: string, who: 'stranger' | 'known'): OutOfScope => {
  const text = row(site, zone, 'out-of-scope')?.[who]
  return text === undefined ? defaults[who] : parseResponse(text, defaults[who])
}
