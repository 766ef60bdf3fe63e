/** What a recording cannot show about a policy: said, so that nobody takes silence for consent. */
import { wallText, wallTime } from '#policy/wall-time.ts'
import { day, hour, lengthText } from './estimate.ts'
import type { Policy } from './outcome.ts'
import type { ConversationResult } from './result.ts'
import type { Stay } from './places.ts'
import type { Simulation } from './simulation.ts'

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** Names in a sentence: some of them, and how many more. */
const some = (names: readonly string[], most = 6): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`

const ofTime = (seconds: number, timezone: string, first: number, last: number): string[] => {
  if (seconds === 0) return ['There is no length of time in it: one moment was recorded.']
  const span = `${wallText(wallTime(timezone, first))} to ${wallText(wallTime(timezone, last))} (${timezone})`
  const missing =
    seconds < hour
      ? 'whatever happens less often than every few minutes'
      : seconds < day
        ? 'shift changes, night and daily jobs'
        : seconds < 7 * day
          ? 'the rest of a week: weekend shifts, weekly back-ups and reports'
          : seconds < 31 * day
            ? 'monthly work and planned stops'
            : 'what happens less often than monthly'
  return [`${lengthText(seconds)} from ${span} do not show ${missing}.`]
}

/** A sentence about a number of things, where there are any. */
const said = (count: number, sentence: (number: number) => string): string[] => (count === 0 ? [] : [sentence(count)])

/** Where the ends are, and what an edge does that stands between them all the same. */
const places: Readonly<Record<Stay, readonly [where: string, otherwise: string]>> = {
  'one-port': ['one port', 'then one of each is behind another port than the policy says, and would be denied'],
  nowhere: ['no port', 'then it would be denied'],
}
/** Pairs that are named. */
const namedPairs = 5

const ofUnjudged = ({ unjudged }: Simulation, { plan }: Policy): string[] => {
  const names = new Map(plan.known.map(({ ip, asset }) => [ip, asset]))
  const texts = (why: Stay) =>
    unjudged.all.flatMap(({ ends, packets, why: mine }) =>
      mine === why ? [`${ends.map((end) => names.get(end) ?? end).join(' and ')} (${plural(packets, 'packet')})`] : [],
    )
  return (['one-port', 'nowhere'] as const).flatMap((why) => {
    const [where, otherwise] = places[why]
    const pairs = texts(why)
    return said(
      pairs.length,
      (count) =>
        `Behind ${where}, as the policy has it: ${plural(count, 'pair')} of ends, not judged: ${some(pairs, namedPairs)}. Recorded where the edge will stand, this crosses it: ${otherwise}.`,
    )
  })
}

const ofConversations = (results: readonly ConversationResult[]): string[] => {
  const midst = results.filter(({ beginningSeen }) => !beginningSeen).length
  const oneWay = results.filter(
    ({ cast, packets: [there, back], service }) =>
      cast === 'unicast' && service.startsWith('tcp') && (there === 0 || back === 0),
  ).length
  return [
    ...said(
      midst,
      (count) =>
        `Begun before the recording: ${plural(count, 'TCP conversation')}. Who opened them follows from the policy and from ports.`,
    ),
    ...said(oneWay, (count) => `In one direction only, or never answered: ${plural(count, 'TCP conversation')}.`),
  ]
}

const ofPackets = ({ frames, assumed, unread, withheld, undeclared, commands, lanes }: Simulation): string[] => [
  ...said(
    frames.withoutMacs,
    (count) => `Without Ethernet addresses: ${plural(count, 'packet')}. Those of the policy are taken as right.`,
  ),
  ...said(
    unread,
    (count) =>
      `Cut short by the recording: ${plural(count, 'packet')}, judged by headers; commands in them were not read.`,
  ),
  ...said(
    withheld,
    (count) =>
      `With urgent data, or data in an opening of TCP: ${plural(count, 'packet')}. Where commands are judged, as there, the edge drops these, and the connection stalls.`,
  ),
  ...said(
    undeclared,
    (count) =>
      `On a VLAN, or none, that their port does not have: ${plural(count, 'packet')}. Mirror ports often lose tags: --vlans policy takes those of the policy.`,
  ),
  ...said(
    assumed,
    (count) =>
      `Between ends that both may be behind several ports: ${plural(count, 'packet')}. That they cross the edge is assumed.`,
  ),
  ...said(
    lanes[0]?.reader.forgotten ?? 0,
    (count) => `Forgotten for newer ones, and taken up in their midst: ${plural(count, 'conversation')}.`,
  ),
  ...said(
    commands.uncounted,
    (count) => `In no row, because there were more kinds than are told apart: ${plural(count, 'command')}.`,
  ),
]

const ofPolicy = ({ plan }: Policy, unused: readonly string[], isCalled: (id: string) => boolean): string[] => {
  const closed = plan.windows.filter(({ id }) => !isCalled(id)).map(({ id }) => id)
  return [
    ...(unused.length === 0 ? [] : [`Nothing in it used ${plural(unused.length, 'conduit')}: ${some(unused)}.`]),
    ...(closed.length === 0
      ? []
      : [`The time ${closed.length === 1 ? 'window' : 'windows'} ${some(closed)} never opened in it.`]),
    ...(plan.sensors.length === 0
      ? []
      : ['Sensors and what they do are not simulated: they count over time in the kernel.']),
    ...(plan.kind === 'routed'
      ? ['The edge routes: Ethernet addresses are taken as right, and what stays on one side is not judged.']
      : []),
  ]
}

/** @param unused conduits that nothing used */
export const blindSpots = (
  simulation: Simulation,
  policy: Policy,
  results: readonly ConversationResult[],
  unused: readonly string[],
): readonly string[] => {
  const { recordings, lanes } = simulation
  const { spans, seconds, list } = recordings
  const [first, last] = [spans[0]?.from ?? 0, spans.at(-1)?.to ?? 0]
  const opened = lanes[0]?.judge.opened ?? new Set<number>()
  const ids = new Set([...opened].flatMap((index) => policy.plan.windows[index]?.id ?? []))
  const unordered = list.some(({ first: begin, packets }, index) => packets > 0 && begin < (list[index - 1]?.last ?? 0))
  return [
    ...ofUnjudged(simulation, policy),
    ...ofTime(seconds, policy.site.timezone, first, last),
    ...(spans.length > 1
      ? [`Between recordings: ${plural(spans.length - 1, 'gap')}. What happened then is not known.`]
      : []),
    ...(unordered
      ? ['The recordings are not in the order of time: a containment holds from the packet that was read first.']
      : []),
    ...ofConversations(results),
    ...ofPackets(simulation),
    ...ofPolicy(policy, unused, (id) => ids.has(id)),
  ]
}
