/** Conduits that ask for the risk of their source. */
import { riskBelowOf, whenPath } from '../when.ts'
import type { Check, Finding } from './context.ts'
import { pairsOf } from './overlap.ts'

/** What decides what happens to a packet whose commands are judged, whichever conduit it came by, and what holds where it is not said. */
const deciding = { mode: '', 'deny-action': 'exception', 'on-failure': 'open' } as const
const keys = ['mode', 'deny-action', 'on-failure'] as const

export const risk: readonly Check[] = [
  {
    code: 'risk-without-address',
    severity: 'error',
    summary: 'A conduit of an EtherType asks for a risk: only addresses have one.',
    find: ({ conduits }) =>
      conduits.flatMap(({ conduit, index, service }): Finding[] =>
        riskBelowOf(conduit.when) !== undefined && service.flows.length === 0
          ? [
              {
                path: ['conduits', index, ...whenPath(conduit.when, 'risk-below')],
                part: 'key',
                message: `conduit \`${conduit.id}\` permits an EtherType, and only addresses have a risk`,
              },
            ]
          : [],
      ),
  },
  {
    code: 'risk-unlike',
    severity: 'error',
    summary:
      'Two conduits of the same conversations list commands, one asks for a risk, and they differ in `mode`, `deny-action` or `on-failure`: which holds would hang on a score.',
    find: (context) =>
      pairsOf(context).flatMap(({ of, by }): Finding[] => {
        const [a, b] = [of.conduit, by.conduit]
        if (a.allow === undefined || b.allow === undefined || riskBelowOf(a.when) === riskBelowOf(b.when)) return []
        return keys
          .filter((key) => JSON.stringify(a[key] ?? deciding[key]) !== JSON.stringify(b[key] ?? deciding[key]))
          .map((key) => ({
            path: ['conduits', of.index],
            message: `conduits \`${b.id}\` and \`${a.id}\` are about the same conversations and differ in \`${key}\`; one of them asks for a risk`,
            expected: `the same \`${key}\` in both`,
          }))
      }),
  },
]
