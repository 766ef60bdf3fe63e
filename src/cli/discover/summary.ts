/** What was discovered so far, as data and for a person. */
import { inventoryOf } from '#discover/inventory/inventory.ts'
import type { Conversation, Device, Observed } from '#discover/model.ts'
import { spanOf } from '#discover/span.ts'
import type { Output } from '../output.ts'
import { doubtsOf } from './doubts.ts'
import { durationText } from './text.ts'

export interface Summary {
  readonly state: string
  readonly captures: Observed['captures']
  readonly inventory: readonly Device[]
  readonly flows: readonly Conversation[]
  readonly questions: number
  /** What was counted together because there was more of it than is told apart. */
  readonly limits: readonly string[]
  /** Signs that the recordings show less than was on the wire. */
  readonly doubts: readonly string[]
}

export const summaryOf = (observed: Observed, state: string): Summary => {
  const { devices, questions } = inventoryOf(observed)
  const { captures, conversations, limits } = observed
  const doubts = doubtsOf(observed)
  return { state, captures, inventory: devices, flows: conversations, questions: questions.length, limits, doubts }
}

/** Conversations shown to a person. */
const shown = 15

const commandsOf = ({ commands }: Conversation): number => commands.reduce((sum, { count }) => sum + count, 0)

const serviceOf = ({ protocol, transport, port, proto, etherType }: Conversation): string => {
  const place =
    transport === undefined
      ? proto === undefined
        ? `EtherType 0x${etherType.toString(16).padStart(4, '0')}`
        : `IP protocol ${proto}`
      : `${transport}/${port ?? ''}`
  return protocol === undefined ? place : `${protocol} (${place})`
}

const plural = (count: number, one: string): string => `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`

const kindsText = (devices: readonly Device[]): string => {
  const counts = new Map<string, number>()
  for (const { kind } of devices) counts.set(kind.value, (counts.get(kind.value) ?? 0) + 1)
  return [...counts]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

export const summaryText = (
  output: Output,
  { state, captures, inventory, flows, limits, doubts, questions }: Summary,
): string => {
  if (captures.length === 0)
    return `Nothing was seen yet. What is kept is in ${state}; add captures, or listen for longer.`
  const { first, last } = spanOf(captures)
  const packets = captures.reduce((sum, capture) => sum + capture.packets, 0)
  const alive = inventory.filter(({ silent }) => !silent)
  const silent = inventory.length - alive.length
  const ranked = flows.toSorted((a, b) => commandsOf(b) - commandsOf(a) || b.packets[0] - a.packets[0])
  return [
    `${output.paint('bold', plural(alive.length, 'device'))} in ${plural(captures.length, 'recording')}: ${plural(packets, 'packet')} over ${durationText(last - first)}${silent === 0 ? '' : `; ${silent} more ${silent === 1 ? 'was' : 'were'} only spoken to`}`,
    kindsText(alive),
    '',
    output.table(ranked.slice(0, shown), [
      { title: 'CLIENT', cell: ({ client }) => client },
      { title: 'SERVER', cell: ({ server }) => server },
      { title: 'SERVICE', cell: serviceOf },
      { title: 'PACKETS', cell: ({ packets: [there, back] }) => there + back, right: true },
      { title: 'COMMANDS', cell: commandsOf, right: true },
    ]),
    ...(ranked.length > shown ? [`… and ${plural(ranked.length - shown, 'further conversation')}.`] : []),
    ...limits,
    ...doubts.map((doubt) => output.paint('yellow', doubt)),
    '',
    ...(questions === 0
      ? []
      : [`${plural(questions, 'question')} only a person can answer:  bulkhead assets questions ${state}`]),
    `What looks wrong here:  bulkhead assess ${state}`,
    `A policy that permits what was seen:  bulkhead propose ${state} -o site.yaml`,
  ].join('\n')
}
