/** The verdict on one message: every command in it must be allowed, by one conduit or another. */
import type { Refusal } from '#core/codec.ts'
import { messageFaults, type Message, type ParsedCommand } from '#core/message.ts'
import type { CommandReasonId } from '#policy/command-entry.ts'
import type { Command } from '#policy/command-state.ts'
import type { Entry } from '#policy/vocabulary.ts'
import { endsOf, type Flow } from './flow.ts'
import type { Terms } from './program.ts'
import { commandOf, type ProcessState } from './process-state.ts'

/**
 * Why a message is denied: the reasons of policy, and those that only the wire has.
 * - `not-protocol`: what is sent to the port is not of its protocol
 * - `cannot-judge`: the message cannot be read to its end
 * - `opaque`: it is encrypted, and the conduit allows single commands
 * - `unsolicited-response`: it answers nothing that was asked
 * - `wrong-end`: this command is not for this end to send
 */
export type DenialReason =
  | CommandReasonId
  | 'not-protocol'
  | 'cannot-judge'
  | 'opaque'
  | 'unsolicited-response'
  | 'wrong-end'

export interface Denial {
  readonly reason: DenialReason
  readonly detail: string
  /** Conduit that came nearest to permitting it. */
  readonly conduit: string
  readonly command: Command | undefined
  /** How the protocol's own refusal words it. */
  readonly refusal: Refusal
}

/** What answers nothing that was asked. */
export const unsolicited = ({ terms }: Flow): Denial => ({
  reason: 'unsolicited-response',
  detail: 'it answers nothing that was asked',
  conduit: terms.rules[0]?.conduit.id ?? '',
  command: undefined,
  refusal: 'function',
})

const refusals: Partial<Record<DenialReason, Refusal>> = {
  'step-too-large': 'value',
  'rate-exceeded': 'state',
  'while-false': 'state',
  'while-unknown': 'state',
  'cannot-judge': 'value',
}

const refusalOf = (reason: DenialReason, detail: string): Refusal =>
  refusals[reason] ?? (reason === 'constraint-broken' ? (detail.startsWith('value') ? 'value' : 'object') : 'function')

/** The furthest a command got towards being allowed, in the order of policy/commands. */
const nearness: readonly CommandReasonId[] = [
  'command-not-allowed',
  'constraint-broken',
  'while-unknown',
  'while-false',
  'step-too-large',
  'rate-exceeded',
]

const never: Entry = ''

export class Judge {
  readonly #process: ProcessState
  /** Told about what passed although something could not be compared. */
  readonly #noticed: (flow: Flow, conduit: string, text: string) => void

  constructor(process: ProcessState, noticed: (flow: Flow, conduit: string, text: string) => void) {
    this.#process = process
    this.#noticed = noticed
  }

  /** What comes next passes as a whole or not at all: a message, or a datagram of several. */
  begin(): void {
    this.#process.begin()
  }

  /** It does not pass, although some of its commands might have. */
  undo(): void {
    this.#process.undo()
  }

  /** How much is noted of what is at hand. */
  get mark(): number {
    return this.#process.mark
  }

  /** What takes back the values that a request writes, noted since a mark, if its device refuses it; undefined: there are none. */
  withdrawal(mark: number): (() => void) | undefined {
    return this.#process.mark === mark ? undefined : this.#process.withdrawal(mark)
  }

  /** Why a message from one side is denied; undefined when it may pass. Allocates nothing when it is permitted by itself. */
  message(message: Message, flow: Flow, side: 0 | 1): Denial | undefined {
    // What is encrypted may be allowed as such, with whatever is in it.
    const isSecret = message.fault === 'opaque' && message.count > 0
    if (message.fault !== undefined && !isSecret) return this.#fault(message, flow, side)
    if (message.role === 'response' || message.role === 'part') return undefined
    for (let index = 0; index < message.count; index++) {
      const command = message.commands[index]
      const denial = command === undefined ? undefined : this.#command(command, flow, side)
      if (denial !== undefined) return isSecret ? this.#fault(message, flow, side) : denial
    }
    return undefined
  }

  /** What a permitted message shows of the process. */
  observe(message: Message, flow: Flow, side: 0 | 1): void {
    const { watching } = flow.terms
    if (watching.length === 0) return
    // Only a request of the other end is about the client's own values: what a server reports are the server's.
    const [client, server] = endsOf(flow, message.role === 'request' ? side : flow.client)
    for (let at = 0; at < message.count; at++) {
      const command = message.commands[at]
      if (command !== undefined) this.#process.observe(watching, command, client, server, flow.lastSeen)
    }
  }

  #fault(message: Message, flow: Flow, side: 0 | 1): Denial {
    const fault = message.fault ?? 'malformed'
    const reason = fault === 'not-protocol' || fault === 'opaque' ? fault : 'cannot-judge'
    const [from, to] = endsOf(flow, side)
    const command = message.commands[0]
    return {
      reason,
      detail: messageFaults[fault],
      conduit: flow.terms.rules[0]?.conduit.id ?? '',
      command: message.count === 0 || command === undefined ? undefined : commandOf(command, from, to, flow.lastSeen),
      refusal: refusalOf(reason, ''),
    }
  }

  #command(command: ParsedCommand, flow: Flow, side: 0 | 1): Denial | undefined {
    const sender = flow.terms.codec.vocabulary.ops[command.op]?.from ?? 'client'
    const isClient = side === flow.client
    const asClient = isClient ? flow.terms : flow.backTerms
    const asServer = isClient ? flow.backTerms : flow.terms
    if (sender !== 'server' && asClient !== undefined && this.#allows(asClient, command, flow, side)) return undefined
    if (sender !== 'client' && asServer !== undefined && this.#allows(asServer, command, flow, side)) return undefined
    const wrong = sender === 'server' ? asServer === undefined : sender === 'client' && asClient === undefined
    return this.#denial(command, flow, side, wrong)
  }

  #allows(terms: Terms, command: ParsedCommand, flow: Flow, side: 0 | 1): boolean {
    const { rules } = terms
    let stateful = false
    for (let index = 0; index < rules.length; index++) {
      const quick = rules[index]?.quick(command, flow.whole) ?? 'deny'
      if (quick === 'permit') return true
      if (quick === 'stateful') stateful = true
    }
    return stateful && this.#byState(terms, command, flow, side)
  }

  /** Only entries whose other conditions hold are asked, under their own numbers. */
  #byState({ rules, watching }: Terms, command: ParsedCommand, flow: Flow, side: 0 | 1): boolean {
    const [from, to] = endsOf(flow, side)
    for (const one of rules) {
      if (one.quick(command, flow.whole) !== 'stateful') continue
      const allow = (one.conduit.allow ?? []).map((entry, index) =>
        one.keepsEntry(index, command, flow.whole) ? entry : never,
      )
      const verdict = this.#process.judge(one, allow, commandOf(command, from, to, flow.lastSeen), watching)
      if (verdict.outcome !== 'permit') continue
      for (const text of verdict.events) this.#noticed(flow, one.conduit.id, text)
      return true
    }
    return false
  }

  #denial(parsed: ParsedCommand, flow: Flow, side: 0 | 1, wrongEnd: boolean): Denial {
    const [from, to] = endsOf(flow, side)
    const command = commandOf(parsed, from, to, flow.lastSeen)
    const rules = (side === flow.client ? flow.terms : (flow.backTerms ?? flow.terms)).rules
    if (wrongEnd)
      return {
        reason: 'wrong-end',
        detail: `\`${command.op}\` is not for ${from} to send`,
        conduit: rules[0]?.conduit.id ?? '',
        command,
        refusal: 'function',
      }
    let best: Denial | undefined
    for (const one of rules) {
      const { reason, detail } = this.#process.explain(one, command)
      if (best !== undefined && near(reason) <= near(best.reason)) continue
      best = { reason, detail, conduit: one.conduit.id, command, refusal: refusalOf(reason, detail) }
    }
    return best ?? { reason: 'command-not-allowed', detail: '', conduit: '', command, refusal: 'function' }
  }
}

const near = (reason: DenialReason): number => nearness.findIndex((one) => one === reason)
