/** From the rows of a state to what the other parts of discover read: sorted, numbered, and with the vendors of Ethernet addresses. */
import { vendorOf } from '../identity/vendors.ts'
import type { Binding, Capture, Command, Conversation, Endpoint, Fact, Observed, Told } from '../model.ts'
import { rhythmOf, type Sums } from '../observe/pace.ts'
import { conversationKey, type CommandSum, type ConversationSum } from '../observe/recording.ts'

export interface Rows {
  readonly captures: readonly Capture[]
  readonly endpoints: readonly Endpoint[]
  readonly bindings: readonly Binding[]
  readonly facts: readonly Fact[]
  readonly conversations: readonly ConversationSum[]
  /** By the key of their conversation. */
  readonly commands: ReadonlyMap<string, readonly CommandSum[]>
  readonly told: readonly Told[]
  readonly limits: readonly string[]
}

/** Client ports that are counted; more are as good as many. */
const mostPorts = 1000
/** An OUI is bought by whoever made the interface, not always the device. */
const ouiConfidence = 0.5

const isMac = (address: string): boolean => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address)

const rhythm = (pace: Sums): { readonly rhythm?: NonNullable<Command['rhythm']> } => {
  const found = rhythmOf(pace)
  return found === undefined ? {} : { rhythm: found }
}

const vendors = (endpoints: readonly Endpoint[], capture: string): Fact[] =>
  endpoints.flatMap(({ vlan, address, sent, first }) => {
    const vendor = sent > 0 && isMac(address) ? vendorOf(address) : undefined
    if (vendor === undefined) return []
    const told = { name: 'vendor', value: vendor, source: 'oui', confidence: ouiConfidence } as const
    return [{ vlan, address, ...told, count: sent, evidence: { capture, packet: 0, at: first } }]
  })

/** Ids follow the order of keys, which is the same whatever order recordings were added in. */
export const observedFrom = (rows: Rows): Observed => {
  let commandCount = 0
  const conversations = rows.conversations.map(({ pace, ...sum }, index): Conversation => {
    const commands = (rows.commands.get(conversationKey(sum)) ?? []).map(({ pace: own, ...command }): Command => ({
      ...command,
      ...rhythm(own),
      id: `c${++commandCount}`,
    }))
    const clientPorts = Math.min(sum.clientPorts, mostPorts)
    return { ...sum, ...rhythm(pace), clientPorts, commands, id: `f${index + 1}` }
  })
  const captures = rows.captures.toSorted((a, b) => a.first - b.first || (a.digest < b.digest ? -1 : 1))
  return {
    captures,
    endpoints: rows.endpoints,
    bindings: rows.bindings,
    facts: [...rows.facts, ...vendors(rows.endpoints, captures[0]?.name ?? '')],
    conversations,
    told: rows.told,
    limits: rows.limits,
  }
}
