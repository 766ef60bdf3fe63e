/** The line of discover/plant.ts as a proposal, for tests. */
import assert from 'node:assert/strict'
import type { Command, Conversation, Inventory, Observed, Sign } from '../model.ts'
import { addresses, commandOf, macs, observedOf } from '../plant.ts'
import { inventoryFrom, type Part } from './plant.ts'
import type { Proposal, ProposeOptions } from './proposal.ts'
import { propose } from './propose.ts'

export const parts: readonly Part[] = [
  { id: 'hmi-1', ips: [addresses.hmi], macs: [macs.hmi], kind: 'hmi', level: 2 },
  { id: 'ews-1', ips: [addresses.ews], macs: [macs.ews], kind: 'engineering', level: 2 },
  { id: 'plc-a', ips: [addresses.plcA], macs: [macs.plcA], kind: 'plc', level: 1 },
  { id: 'plc-b', ips: [addresses.plcB], macs: [macs.plcB], kind: 'plc', level: 1 },
]
export const plant = inventoryFrom(parts)
export const withParts = (...more: readonly Part[]): Inventory => inventoryFrom([...parts, ...more])

/** A proposal that passes its own checks and tests. */
export const proposed = (
  conversations: readonly Conversation[],
  {
    inventory = plant,
    signs = [],
    options = {},
    more = {},
  }: {
    inventory?: Inventory
    signs?: readonly Sign[]
    options?: ProposeOptions
    more?: Partial<Observed>
  } = {},
): Proposal => {
  const proposal = propose(observedOf({ conversations, ...more }), inventory, signs, options)
  assert.deepEqual(
    proposal.defects.map(({ text }) => text),
    [],
    proposal.text,
  )
  return proposal
}

export const allowed = (proposal: Proposal) => proposal.conduits.flatMap(({ conduit }) => conduit.allow ?? [])
/** `client server service` of each conduit. */
export const ends = (proposal: Proposal) =>
  proposal.conduits.map(({ conduit: { from, to, service } }) => `${from} ${to} ${service}`)
export const write = (more: Partial<Command> = {}): Command =>
  commandOf({
    id: 'w',
    op: 'write-single-register',
    risk: 'write',
    spans: { unit: [[1, 1]], registers: [[100, 100]] },
    ...more,
  })
