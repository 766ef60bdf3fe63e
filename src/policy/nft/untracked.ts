/**
 * Linux tracks connections in a network from the moment it reads a rule with `ct`, before anything leads to that rule, until a while
 * after the last such rule is gone; and what it cannot track because its table is full, it drops. So from before the first of these
 * rules until after the last, nothing is tracked but what a generation says.
 */
import { absent, baseChain } from './base-chain.ts'
import { ipTable } from './names.ts'

/** The chain that decides what is tracked, by which every packet comes before connection tracking. */
export const rawChain = { name: 'raw', type: 'filter', hook: 'prerouting', priority: -300 } as const

/** Nothing is tracked. It takes the place of what a generation said. */
export const untracked = `add table inet ${ipTable}
${baseChain('inet', ipTable, rawChain.name, rawChain.type, rawChain.hook, rawChain.priority)}flush chain inet ${ipTable} ${rawChain.name}
add rule inet ${ipTable} ${rawChain.name} notrack
`

/** What is tracked is not for us to say. */
export const unsaid = absent('inet', ipTable, rawChain.name)
