/** Sums of two recordings in one. Adding in any order gives the same. */
import { addSums } from '../observe/pace.ts'
import { joinOutermost } from '../observe/outermost.ts'
import { joinRanges, type Range } from '../observe/ranges.ts'
import {
  earlier,
  mostMacs,
  mostRanges,
  mostTexts,
  type BindingSum,
  type CommandSum,
  type ConversationSum,
  type EndpointSum,
  type FactSum,
} from '../observe/recording.ts'

interface Spanned {
  readonly first: number
  readonly last: number
}
const span = (a: Spanned, b: Spanned) => ({ first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) })

export const mergeEndpoints = (a: EndpointSum, b: EndpointSum): EndpointSum => ({
  ...a,
  ...span(a, b),
  sent: a.sent + b.sent,
  received: a.received + b.received,
  sentBytes: a.sentBytes + b.sentBytes,
  receivedBytes: a.receivedBytes + b.receivedBytes,
})

export const mergeBindings = (a: BindingSum, b: BindingSum): BindingSum => ({
  ...a,
  ...span(a, b),
  packets: a.packets + b.packets,
  claims: a.claims + b.claims,
})

export const mergeFacts = (a: FactSum, b: FactSum): FactSum => ({
  ...a,
  confidence: Math.max(a.confidence, b.confidence),
  count: a.count + b.count,
  evidence: earlier(a.evidence, b.evidence),
})

const joined = (a: readonly string[], b: readonly string[], most: number): string[] =>
  [...new Set([...a, ...b])].toSorted().slice(0, most)

const counts = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> => {
  const all = { ...a }
  for (const [name, count] of Object.entries(b)) all[name] = (all[name] ?? 0) + count
  return all
}

export const mergeConversations = (a: ConversationSum, b: ConversationSum): ConversationSum => {
  const protocol = a.protocol ?? b.protocol
  return {
    ...a,
    ...span(a, b),
    ...(protocol === undefined ? {} : { protocol }),
    certain: a.certain || b.certain,
    clientMacs: joined(a.clientMacs, b.clientMacs, mostMacs),
    serverMacs: joined(a.serverMacs, b.serverMacs, mostMacs),
    packets: [a.packets[0] + b.packets[0], a.packets[1] + b.packets[1]],
    bytes: [a.bytes[0] + b.bytes[0], a.bytes[1] + b.bytes[1]],
    opened: a.opened + b.opened,
    accepted: a.accepted + b.accepted,
    rejected: a.rejected + b.rejected,
    clientPorts: a.clientPorts + b.clientPorts,
    pace: addSums(a.pace, b.pace),
    faults: counts(a.faults, b.faults),
    evidence: earlier(a.evidence, b.evidence),
  }
}

const mergeSpans = (
  a: Readonly<Record<string, Range[]>>,
  b: Readonly<Record<string, Range[]>>,
): Record<string, Range[]> =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [
      name,
      joinRanges(a[name] ?? [], b[name] ?? [], mostRanges),
    ]),
  )

const mergeTexts = (
  a: Readonly<Record<string, string[]>>,
  b: Readonly<Record<string, string[]>>,
): Record<string, string[]> =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [
      name,
      joined(a[name] ?? [], b[name] ?? [], mostTexts),
    ]),
  )

const valuesOf = (a: CommandSum, b: CommandSum): Pick<CommandSum, 'values'> => {
  const all = [a.values, b.values].filter((one) => one !== undefined)
  if (all.length === 0) return {}
  return { values: [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))] }
}
const stepOf = (a: CommandSum, b: CommandSum): Pick<CommandSum, 'step'> =>
  a.step === undefined && b.step === undefined ? {} : { step: Math.max(a.step ?? 0, b.step ?? 0) }

const outermost = (a: CommandSum, b: CommandSum): Pick<CommandSum, 'lowest' | 'highest'> => {
  const both = (name: 'lowest' | 'highest', sign: 1 | -1) => joinOutermost(a[name] ?? [], b[name] ?? [], sign)
  if (a.lowest === undefined && b.lowest === undefined) return {}
  return { lowest: both('lowest', 1), highest: both('highest', -1) }
}

export const mergeCommands = (a: CommandSum, b: CommandSum): CommandSum => ({
  ...a,
  ...span(a, b),
  count: a.count + b.count,
  answered: a.answered + b.answered,
  refused: a.refused + b.refused,
  // Rows of one key differ in these only where they stand for many objects.
  ...(a.folded ? { spans: mergeSpans(a.spans, b.spans), texts: mergeTexts(a.texts, b.texts) } : {}),
  ...valuesOf(a, b),
  ...stepOf(a, b),
  ...outermost(a, b),
  unreadable: a.unreadable || b.unreadable,
  pace: addSums(a.pace, b.pace),
  evidence: earlier(a.evidence, b.evidence),
})
