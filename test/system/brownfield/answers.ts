/** What a person adds to what was heard: who is who, what is permitted all the same, how far the policy is enforced. */
import { addresses } from './plant.ts'

/** Filled in from `bulkhead assets export`. */
export const answers = `ip,name,kind,level,owner,criticality
${addresses['plc-a']},plc-fill,plc,1,line-1,high
${addresses['plc-b']},plc-cap,plc,1,line-1,high
${addresses.hmi},hmi,hmi,2,line-1,medium
${addresses.historian},historian,historian,2,line-1,low
${addresses.ews},ews,engineering,2,line-1,medium
`

const insert = (text: string, before: string, lines: string): string => {
  const at = text.indexOf(before)
  if (at < 0) throw new Error(`the proposal has no ${before.trim()}`)
  return text.slice(0, at) + lines + text.slice(at)
}

/** The engineering station was left out, for it wrote once beside a regular master. It was maintenance: it stays permitted. */
export const decided = (proposal: string): string => {
  const conduit = `  - id: ews-mode
    from: ews
    to: plc-fill
    service: modbus
    allow: [{ op: read-holding-registers }, { op: write-single-register, registers: 40, values: 0-1 }]
    reason: maintenance sets the mode of the filler
    owner: line-1
`
  return insert(proposal, '\ntests:\n', conduit)
}

/** All zones from one mode to the next. */
export const moved = (text: string, from: string, to: string): string => text.replaceAll(`mode: ${from}`, `mode: ${to}`)
