/** The result of a simulation, from what was counted. */
import { commandReasons } from '#policy/command-entry.ts'
import { reasonText } from '#policy/explain.ts'
import { isEssentialCommand, newly } from './compare.ts'
import { blindSpots } from './blind.ts'
import type { CommandRow, CommandTally } from './commands.ts'
import type { Conversation, Conversations } from './conversations.ts'
import { estimates, recordedText } from './estimate.ts'
import { outcomes, verdictOf, type Outcomes, type Policy } from './outcome.ts'
import type { CommandOutcome, CommandResult, ContainedResult, ConversationResult, Result } from './result.ts'
import type { Simulation } from './simulation.ts'
import { Tally } from './tally.ts'
import { ipProtocols } from '#packet/numbers.ts'

const words: Readonly<Record<string, string>> = commandReasons

const conversationOf = (row: Conversation, mine: Outcomes, running: Outcomes | undefined): ConversationResult => {
  const { vlan, client, server, tallies, newlyDenied, newlyPermitted } = row
  const [tally, before] = tallies
  const outcome = mine.outcomeOf(row, tally ?? new Tally())
  const clientAsset = mine.assetOf(vlan, client)
  const serverAsset = mine.assetOf(vlan, server)
  const carriers = tally === undefined ? [] : mine.carriersOf(tally)
  const carriedBefore = running === undefined || before === undefined ? [] : running.carriersOf(before)
  const essential =
    outcome.denied > 0 &&
    ((tally !== undefined && mine.isOfEssential(row, tally)) ||
      carriers.some((id) => mine.essentials.has(id)) ||
      (newlyDenied > 0 && carriedBefore.some((id) => running?.essentials.has(id) === true)))
  return {
    id: '',
    vlan,
    client,
    server,
    ...(clientAsset === undefined ? {} : { clientAsset }),
    ...(serverAsset === undefined ? {} : { serverAsset }),
    service: row.service,
    cast: row.cast,
    folded: row.folded,
    packets: [row.there, row.back],
    first: row.first,
    last: row.last,
    beginningSeen: row.beginningSeen,
    outcome,
    ...(running === undefined || before === undefined ? {} : { running: running.outcomeOf(row, before) }),
    newlyDenied,
    newlyPermitted,
    essential,
  }
}

const commandOutcome = ({
  permitted,
  denied,
  reason,
  detail = '',
  permitting,
  conduit = denied === 0 ? permitting : undefined,
  met,
}: CommandTally): CommandOutcome => ({
  permitted,
  denied,
  ...(denied === 0 ? {} : { reason: reason ?? 'conversation-denied' }),
  ...(denied === 0
    ? {}
    : {
        because: reason === undefined ? 'its packets are denied' : detail === '' ? (words[reason] ?? reason) : detail,
      }),
  ...(conduit === undefined ? {} : { conduit }),
  ...(met === undefined ? {} : { evidence: met }),
})

const commandOf = (
  row: CommandRow,
  conversation: ConversationResult | undefined,
  essentials: ReadonlySet<string>,
): CommandResult => {
  const { tallies, transport, port, risk, values, deniedValues } = row
  const [tally, before] = tallies
  const none: CommandTally = { permitted: 0, denied: 0 }
  const outcome = commandOutcome(tally ?? none)
  return {
    ...(conversation === undefined ? {} : { conversation: conversation.id }),
    client: row.client,
    server: row.server,
    service: `${transport}/${port}`,
    protocol: row.protocol,
    op: row.op,
    ...(risk === undefined ? {} : { risk }),
    from: row.from,
    object: row.object,
    folded: row.folded,
    ...(values === undefined ? {} : { values }),
    ...(deniedValues === undefined ? {} : { deniedValues }),
    count: Math.max(...tallies.map(({ permitted, denied }) => permitted + denied)),
    verdict: verdictOf(outcome.permitted, outcome.denied),
    outcome,
    ...(before === undefined ? {} : { running: commandOutcome(before) }),
    ...newly(tally ?? none, before),
    essential: isEssentialCommand(outcome, conversation, essentials),
    first: row.first,
    last: row.last,
  }
}

interface Ranked {
  readonly newlyDenied: number
  readonly newlyPermitted: number
  readonly essential: boolean
  readonly outcome: { readonly denied: number; readonly permitted: number }
}

/** What matters most first: see {@link Result.conversations}. */
const byWeight = (a: Ranked, b: Ranked): number =>
  Number(b.newlyDenied > 0) - Number(a.newlyDenied > 0) ||
  Number(b.outcome.denied > 0) - Number(a.outcome.denied > 0) ||
  Number(b.essential) - Number(a.essential) ||
  Number(b.newlyPermitted > 0) - Number(a.newlyPermitted > 0) ||
  b.outcome.denied - a.outcome.denied ||
  b.outcome.permitted - a.outcome.permitted

const conversationsOf = (
  all: Conversations,
  mine: Outcomes,
  running: Outcomes | undefined,
): { readonly results: readonly ConversationResult[]; readonly ids: ReadonlyMap<Conversation, ConversationResult> } => {
  const ids = new Map<Conversation, ConversationResult>()
  // The most denied ones first: the nearest conduit is looked for in their order.
  const rows = [...all.all].toSorted((a, b) => (b.tallies[0]?.denied ?? 0) - (a.tallies[0]?.denied ?? 0))
  const ranked = rows.map((row) => ({ row, result: conversationOf(row, mine, running) }))
  const results = ranked
    .toSorted((a, b) => byWeight(a.result, b.result))
    .map(({ row, result }, index) => {
      const named = { ...result, id: `s${index + 1}` }
      ids.set(row, named)
      return named
    })
  return { results, ids }
}

const containedOf = ({ lanes }: Simulation, { plan }: Policy): readonly ContainedResult[] =>
  [...(lanes[0]?.contained.all ?? [])].map(
    ({ ip, mac, vlan, device, kind, seconds, target, reason, met, stopped }) => ({
      ip,
      mac,
      vlan,
      port: plan.ports.find((port) => port.device === device)?.name ?? device,
      kind,
      seconds,
      target,
      because: reasonText(reason),
      evidence: met,
      stopped,
    }),
  )

/** @param policies those that the simulation was made with, in its order */
export const resultOf = (
  simulation: Simulation,
  policies: readonly [Policy, Policy | undefined],
  modes: Result['modes'],
): Result => {
  const [policy, against] = policies
  const mine = outcomes(policy)
  const running = against === undefined ? undefined : outcomes(against)
  const skipped = [...simulation.frames.end()].map(([why, packets]) => ({ why, packets }))
  const { results, ids } = conversationsOf(simulation.conversations, mine, running)
  const commands = [...simulation.commands.all]
    .map((row) => {
      const proto = ipProtocols[row.transport]
      const found = simulation.conversations.find(row.vlan, row.client, row.server, proto, row.port)
      return commandOf(row, found === undefined ? undefined : ids.get(found), mine.essentials)
    })
    .toSorted(byWeight)
  const contained = containedOf(simulation, policy)
  const { recordings, lanes } = simulation
  const { spans, seconds } = recordings
  const used = lanes[0]?.used ?? new Set<string>()
  const unused = policy.plan.conduits.flatMap(({ id }) => (used.has(id) ? [] : [id]))
  const denied = ({ outcome, newlyDenied }: Ranked) => (running === undefined ? outcome.denied > 0 : newlyDenied > 0)
  const count = <T>(all: readonly T[], test: (one: T) => boolean) => all.filter(test).length
  const essential = (all: readonly Ranked[]) => count(all, (one) => one.essential && denied(one))
  return {
    site: policy.site.site,
    edge: policy.plan.edge,
    modes,
    recordings: recordings.list,
    recorded: { seconds, first: spans[0]?.from ?? 0, last: spans.at(-1)?.to ?? 0, text: recordedText(seconds) },
    packets: {
      read: recordings.list.reduce((sum, { packets }) => sum + packets, 0),
      judged: simulation.judged,
      infrastructure: simulation.infrastructure,
      notCrossing: Object.fromEntries(simulation.stayed),
      skipped,
    },
    summary: {
      conversations: results.length,
      denied: count(results, ({ outcome }) => outcome.denied > 0),
      newlyDenied: count(results, ({ newlyDenied }) => newlyDenied > 0),
      newlyPermitted: count(results, ({ newlyPermitted }) => newlyPermitted > 0),
      commands: commands.length,
      commandsDenied: count(commands, ({ outcome }) => outcome.denied > 0),
      commandsNewlyDenied: count(commands, ({ newlyDenied }) => newlyDenied > 0),
      commandsNewlyPermitted: count(commands, ({ newlyPermitted }) => newlyPermitted > 0),
      unjudged: simulation.unjudged.all.length,
      contained: contained.length + (lanes[0]?.contained.more ?? 0),
      essential: essential(results) + essential(commands),
    },
    conversations: results,
    commands,
    contained,
    zones: estimates(policy.plan, simulation.conversations, simulation.commands, seconds),
    unused,
    blind: blindSpots(simulation, policy, results, unused),
  }
}
