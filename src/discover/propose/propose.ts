/**
 * The smallest readable policy that permits what was seen and does not look like an attack. The same observations give the same
 * text.
 */
import { Fault } from '#core/errors.ts'
import type { Command, Conversation, Inventory, Observed, Sign } from '../model.ts'
import { endsOf, maintenance, writeConduit, writeDecision } from './conduits.ts'
import { documentOf } from './document.ts'
import { gather } from './gather.ts'
import { groupTrafficOf } from './group-traffic.ts'
import { blocksOf, type Block } from './grouping.ts'
import { namer } from './names.ts'
import { outsiderIn } from './outsiders.ts'
import { wireOf } from './ports.ts'
import { proofsOf } from './proofs.ts'
import type { Proposal, ProposeOptions } from './proposal.ts'
import { nobody, remarksOf } from './remarks.ts'
import { isCompanion } from './services.ts'
import { unreadIn } from './unread.ts'
import { verify } from './verify.ts'
import { seatingOf } from './zones.ts'

/** Days after which what is for decision ends, once it is permitted. */
const decisionDays = 90
const dayMs = 86_400_000

/** What somebody who decides about engineering should know of it. */
export const lookLike = ({ commands }: Block, signs: readonly Sign[]): readonly string[] => {
  const ids = new Set(commands.map(({ id }) => id))
  return signs
    .filter((sign) => sign.commands.some((id) => ids.has(id)))
    .map(({ kind, techniques, text }) => `Looks like ${kind} (${techniques.join(', ')}): ${text}`)
}

export const commandsById = (conversations: readonly Conversation[]): ReadonlyMap<string, Command> =>
  new Map(conversations.flatMap(({ commands }) => commands.map((command) => [command.id, command])))

/** The moment that a proposal is of, in ms, and the day on which what it time-boxes ends. */
export const datesOf = (
  { captures }: Observed,
  { now }: ProposeOptions,
): { readonly now: number; readonly expires: string } => {
  const at = now ?? captures.reduce((latest, { last }) => Math.max(latest, last), 0)
  return { now: at, expires: new Date(at + decisionDays * dayMs).toISOString().slice(0, 10) }
}

/** Whether a conduit's own multicast is what a conversation is. */
export const coveredBy =
  (blocks: readonly Block[]) =>
  (conversation: Conversation): boolean =>
    blocks.some(
      ({ protocol, conversations }) =>
        protocol !== undefined && conversations.some((main) => isCompanion(protocol, main, conversation)),
    )

/**
 * Proposes a policy.
 * @throws Fault `not-found` when nothing that was seen can be permitted; `usage` when options contradict what was seen
 */
export const propose = (
  observed: Observed,
  inventory: Inventory,
  signs: readonly Sign[],
  options: ProposeOptions = {},
): Proposal => {
  const found = gather(observed, inventory, signs, {
    seating: (devices, left) => {
      if (devices.length === 0) throw nobody(observed, inventory, left)
      return seatingOf(devices, { taken: new Set(devices.map(({ id }) => id)) })
    },
    wire: ({ zones, seats }, shared) => wireOf(zones, seats, shared, options),
  })
  const { zones, assets, wire, aside } = found
  const ends = endsOf(namer([...Object.keys(assets), ...zones.map(({ name }) => name), 'any', maintenance]))
  const ids = namer([])
  const commands = commandsById(observed.conversations)
  const conduits = blocksOf(found.permit).map((block) => writeConduit(block, ends, ids, commands))
  const { now, expires } = datesOf(observed, options)
  const decisions = blocksOf(found.decide).map((block) =>
    writeDecision(block, ends, ids, commands, { when: maintenance, expires }, lookLike(block, signs)),
  )
  const covered = coveredBy(conduits.map(({ block }) => block))
  const traffic = groupTrafficOf(found.group, found.frames, found.zoneOf, covered)
  const excluded = [...found.excluded, ...traffic.excluded]
  const remarks = [
    ...remarksOf(observed, excluded, conduits.length + decisions.length + aside.length),
    ...unreadIn(
      observed,
      conduits.map(({ block }) => block),
    ),
  ]
  const text = documentOf({
    observed,
    remarks,
    options,
    ports: wire.ports,
    inside: wire.inside,
    zones,
    assets,
    groups: ends.groups,
    conduits,
    decisions,
    traffic,
    tests: proofsOf(
      conduits,
      decisions,
      outsiderIn({ ...found, conversations: observed.conversations }),
      traffic.layer2,
    ),
    excluded,
    aside,
  })
  const { site, defects } = verify(text, now)
  if (site === undefined)
    throw new Fault('internal', 'The proposed policy is no policy.', { details: defects.map((defect) => defect.text) })
  return {
    site,
    text,
    conduits: conduits.map(({ lines: _lines, block: _block, ...conduit }) => conduit),
    decisions: decisions.map(({ block: _block, ...decision }) => decision),
    excluded,
    aside,
    remarks,
    questions: inventory.questions,
    defects,
  }
}
