/** Evidence in words: how often, how regular, and where to find it. */
import type { Command, Conversation, Evidence, Rhythm } from '../model.ts'

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`

/** A duration in ms to two digits, in the unit that reads best. */
export const duration = (ms: number): string => {
  const [size, unit] =
    ms < 1000 ? [1, 'ms'] : ms < 120_000 ? [1000, 's'] : ms < 7_200_000 ? [60_000, 'min'] : [3_600_000, 'h']
  return `${Number((ms / size).toPrecision(2))} ${unit}`
}

/** Deviations of more than half a period are no rhythm. */
const regular = 0.5

export const every = (rhythm: Rhythm | undefined): string =>
  rhythm === undefined || rhythm.count < 3 || rhythm.meanMs <= 0
    ? ''
    : `${rhythm.deviationMs <= rhythm.meanMs * regular ? 'every' : 'irregularly, on average every'} ${duration(rhythm.meanMs)}`

export const evidenceText = ({ capture, packet, at }: Evidence): string =>
  packet > 0 ? `${capture}, packet ${packet}` : `${capture}, ${new Date(at).toISOString()}`

const byTime = <T extends { readonly evidence: Evidence }>(all: readonly T[]): readonly T[] =>
  all.toSorted((a, b) => a.evidence.at - b.evidence.at || a.evidence.packet - b.evidence.packet)

const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

/** One line on where a conduit comes from. */
export const conduitEvidence = (conversations: readonly Conversation[], commands: readonly Command[]): string => {
  const packets = conversations.reduce((sum, { packets: [there, back] }) => sum + there + back, 0)
  const messages = commands.reduce((sum, each) => sum + each.count, 0)
  const [first] = byTime(conversations)
  const from = conversations.reduce((best, each) => Math.min(best, each.first), Number.POSITIVE_INFINITY)
  const to = conversations.reduce((best, each) => Math.max(best, each.last), 0)
  return [
    messages > 0 ? count(messages, 'message') : count(packets, 'packet'),
    ...(conversations.length > 1 ? [`in ${count(conversations.length, 'conversation')}`] : []),
    ...(conversations.length === 1 ? [every(conversations[0]?.rhythm)] : []),
    `${day(from)} to ${day(to)} UTC`,
    ...(first === undefined ? [] : [`first: ${evidenceText(first.evidence)}`]),
  ]
    .filter((part) => part !== '')
    .join('; ')
}

/** What stands behind one entry of `allow:`. */
export const commandEvidence = (commands: readonly Command[]): string => {
  const total = commands.reduce((sum, each) => sum + each.count, 0)
  const refused = commands.reduce((sum, each) => sum + each.refused, 0)
  const written = commands.flatMap(({ values }) => (values === undefined ? [] : [values]))
  const steps = commands.flatMap(({ step }) => step ?? [])
  const low = written.reduce((best, [value]) => Math.min(best, value), Number.POSITIVE_INFINITY)
  const high = written.reduce((best, [, value]) => Math.max(best, value), Number.NEGATIVE_INFINITY)
  const [only] = commands.length === 1 ? commands : []
  return [
    count(total, 'time'),
    every(only?.rhythm),
    written.length > 0 ? `wrote ${low === high ? low : `${low} to ${high}`}` : '',
    steps.length > 0 && low < high ? `in steps of at most ${steps.reduce((a, b) => Math.max(a, b), 0)}` : '',
    refused > 0 ? `refused ${count(refused, 'time')}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
