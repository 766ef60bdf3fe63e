/** The verdict on one command, by policy alone: `(conduit, command, state) → (verdict, trace, state')`. Pure. */
import type { Vocabulary } from '#core/protocol.ts'
import {
  judgeEntry,
  rateKey,
  type CommandReasonId,
  type CommandStep,
  type EntryVerdict,
  type Judged,
} from './command-entry.ts'
import { remember, type Command, type CommandState } from './command-state.ts'
import { isImplied, isStateful, type Entry } from './vocabulary.ts'

export interface CommandVerdict {
  readonly outcome: 'permit' | 'deny'
  readonly reason: CommandReasonId
  readonly detail: string
  /** Entry of `allow:` that permits it, or that came nearest to. */
  readonly entry?: number
  /** Passed, but somebody should know: a `step` that had nothing to compare with. */
  readonly events: readonly string[]
  readonly trace: readonly CommandStep[]
  readonly state: CommandState
}

/** The further a command got through an entry, the nearer it came. */
const nearness: readonly CommandReasonId[] = [
  'command-not-allowed',
  'constraint-broken',
  'while-unknown',
  'while-false',
  'step-too-large',
  'rate-exceeded',
]

/** A verdict, and the times under a rate that hold with it: what else the command changes is for whoever keeps values. */
export type Judgement = Omit<CommandVerdict, 'state'> & Pick<CommandState, 'permitted'>

/** Judges a command in a conversation that the conduit permits. */
export const judgeCommand = (
  vocabulary: Vocabulary,
  conduit: Judged,
  command: Command,
  state: CommandState,
): Judgement => {
  const { permitted: before } = state
  if (conduit.allow === undefined) {
    const step = { reason: 'service-permitted', detail: `conduit ${conduit.id} permits every command` } as const
    return { outcome: 'permit', ...step, events: [], trace: [step], permitted: before }
  }
  if (isImplied(vocabulary, conduit.allow, command.op)) {
    const step = {
      reason: 'session-implied',
      detail: `\`${command.op}\` belongs to every session of ${vocabulary.name}`,
    } as const
    return { outcome: 'permit', ...step, events: [], trace: [step], permitted: before }
  }
  const trace: CommandStep[] = []
  let nearest: (CommandStep & { entry: number }) | undefined
  let permitted: { readonly index: number; readonly entry: Entry; readonly verdict: EntryVerdict } | undefined
  for (const [index, entry] of conduit.allow.entries()) {
    const verdict = judgeEntry(vocabulary, conduit, index, entry, command, state)
    const { failure } = verdict
    if (failure === undefined) {
      // One that permits it whatever was seen before goes first, so that it uses up no rate: the order does not matter.
      if (permitted === undefined || !isStateful(entry)) permitted = { index, entry, verdict }
      if (!isStateful(entry)) break
      continue
    }
    const step = { entry: index, ...failure }
    trace.push(step)
    if (nearest === undefined || nearness.indexOf(failure.reason) > nearness.indexOf(nearest.reason)) nearest = step
  }
  if (permitted !== undefined) {
    const { index, entry, verdict } = permitted
    const { events, times } = verdict
    const step = {
      entry: index,
      reason: 'command-permitted',
      detail: `allowed by ${typeof entry === 'string' ? entry : `op ${entry.op}`}`,
    } as const
    return {
      outcome: 'permit',
      ...step,
      events,
      trace: [...trace, step],
      permitted: times === undefined ? before : new Map(before).set(rateKey(conduit, index, command), times),
    }
  }
  const reason = nearest?.reason ?? 'command-not-allowed'
  const detail =
    reason === 'command-not-allowed'
      ? `conduit ${conduit.id} does not allow \`${command.op}\``
      : (nearest?.detail ?? '')
  return {
    outcome: 'deny',
    reason,
    detail,
    ...(nearest === undefined ? {} : { entry: nearest.entry }),
    events: [],
    trace,
    permitted: before,
  }
}

/**
 * Judges a command in a conversation that the conduit permits.
 * @returns the state to judge the next command with; a denied command leaves it as it is
 */
export const evaluateCommand = (
  vocabulary: Vocabulary,
  conduit: Judged,
  command: Command,
  state: CommandState,
): CommandVerdict => {
  const { permitted, ...verdict } = judgeCommand(vocabulary, conduit, command, state)
  return { ...verdict, state: verdict.outcome === 'deny' ? state : remember({ ...state, permitted }, command) }
}

/** Conduits add up: the command passes when one of them permits it; else the one that came nearest explains why not. */
export const evaluateCommands = (
  vocabulary: Vocabulary,
  conduits: readonly Judged[],
  command: Command,
  state: CommandState,
): CommandVerdict & { readonly conduit?: string } => {
  let nearest: (CommandVerdict & { conduit: string }) | undefined
  let permitted: (CommandVerdict & { conduit: string }) | undefined
  const trace: CommandStep[] = []
  for (const conduit of conduits) {
    const verdict = { ...evaluateCommand(vocabulary, conduit, command, state), conduit: conduit.id }
    trace.push(...verdict.trace)
    if (verdict.outcome === 'permit') {
      const entry = verdict.entry === undefined ? undefined : conduit.allow?.[verdict.entry]
      if (entry === undefined || !isStateful(entry)) return { ...verdict, trace }
      permitted ??= verdict
    } else if (nearest === undefined || nearness.indexOf(verdict.reason) > nearness.indexOf(nearest.reason))
      nearest = verdict
  }
  if (permitted !== undefined) return { ...permitted, trace }
  return nearest === undefined
    ? {
        outcome: 'deny',
        reason: 'command-not-allowed',
        detail: 'no conduit covers the conversation',
        events: [],
        trace,
        state,
      }
    : { ...nearest, trace }
}
