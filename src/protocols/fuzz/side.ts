/** One reading of a conversation: every unit is copied to the same place, alone or amid other bytes, and dealt with there. */
import type { Codec, Conversation, Refusal } from '#core/codec.ts'
import { Pending } from '#core/pending.ts'
import type { Action, Case } from './case.ts'
import { CountingMessage } from './counting-message.ts'
import { messageProblem, messageText } from './message-problem.ts'
import { problem, type Problem } from './problem.ts'

const refusals: readonly Refusal[] = ['function', 'object', 'value', 'state']
const longestRefusal = 1024
/** What a neutralised unit may still ask for. */
const harmless = /(^|-)(unlisted|refused)(-|$)/

export class Side {
  readonly #codec: Codec
  readonly #conversation: Conversation
  readonly #message = new CountingMessage()
  readonly #margin: number
  readonly #filling: number
  #turn = 0
  /** Steps that the message took which took most. */
  steps = 0

  constructor(codec: Codec, { transport, whole }: Case, margin: number, filling: number) {
    this.#codec = codec
    this.#conversation = { state: codec.open(), pending: new Pending(), transport, whole, lastSeen: 0 }
    this.#margin = margin
    this.#filling = filling
    this.#message.wantsFacts = true
  }

  /** @returns what the unit says and what became of it, in a line; or what is wrong with that */
  take(bytes: Uint8Array, fromClient: boolean, action: Action, framed: boolean): string | Problem {
    const at = this.#margin
    const end = at + bytes.length
    const place = new Uint8Array(bytes.length + 2 * at).fill(this.#filling)
    place.set(bytes, at)
    const before = place.slice()
    const message = this.#message.reset()
    this.#codec.parse(place, at, end, fromClient, this.#conversation, message)
    this.steps = Math.max(this.steps, message.steps)
    if (!same(place, before)) return problem('parse leaves the bytes as they are')
    const found = messageProblem(this.#codec.vocabulary, message, fromClient, framed)
    if (found !== undefined) return found
    const said = messageText(message)
    this.#turn++
    // What is no unit is dropped, never answered or forwarded.
    if (!framed) return said
    const done = fromClient ? this.#fromClient(place, at, end, action) : this.#fromServer(place, at, end)
    return typeof done === 'string' ? `${said} → ${done}` : done
  }

  #fromClient(bytes: Uint8Array, at: number, end: number, action: Action): string | Problem {
    if (action === 'refuse') return this.#refuse(bytes, at, end)
    const { role, transaction, notes, commands, count } = this.#message
    const isNeutralised = action === 'neutralise' ? this.#neutralise(bytes, at, end) : false
    if (typeof isNeutralised === 'object') return isNeutralised
    if (role === 'request' && transaction >= 0) {
      const op = count > 0 ? (commands[0]?.op ?? '') : ''
      this.#conversation.pending.add(transaction, op, notes, this.#turn, isNeutralised)
    }
    return this.#renumber(bytes, at, end, true)
  }

  #fromServer(bytes: Uint8Array, at: number, end: number): string | Problem {
    const { role, transaction, more } = this.#message
    const { pending } = this.#conversation
    const request = role === 'response' && transaction >= 0 ? pending.find(transaction) : undefined
    if (request !== undefined) {
      if (request.neutralised) this.#codec.restore?.(bytes, at, end, this.#conversation, request)
      const changed = this.#outcome('restore', bytes, at, end)
      if (changed !== undefined) return changed
      if (!more) pending.remove(request)
    }
    return this.#renumber(bytes, at, end, false)
  }

  #refuse(bytes: Uint8Array, at: number, end: number): string | Problem {
    const before = bytes.slice()
    const out = new Uint8Array(longestRefusal)
    const why = refusals[this.#turn % refusals.length] ?? 'function'
    const length = this.#codec.refuse(bytes, at, end, this.#conversation, why, out)
    if (!same(bytes, before)) return problem('refuse leaves the bytes as they are')
    if (!Number.isInteger(length) || length < -1 || length > longestRefusal)
      return problem('a refusal is no longer than its room', length)
    if (length > 0) {
      const framed = this.#codec.frame(out, 0, length, this.#conversation.transport)
      if (framed !== length) return problem('a refusal is one whole unit', `${framed} of ${length}`)
    }
    if (length >= 0) this.#codec.withheld?.(this.#conversation, length > 0, true)
    return Array.from(out.subarray(0, Math.max(0, length)), (byte) => byte.toString(16).padStart(2, '0')).join('')
  }

  #neutralise(bytes: Uint8Array, at: number, end: number): boolean | Problem {
    const before = bytes.slice()
    if (this.#codec.neutralise?.(bytes, at, end, this.#conversation) !== true)
      return same(bytes, before) ? false : problem('what cannot be neutralised stays as it is')
    const outside = this.#outcome('neutralise', bytes, at, end)
    if (outside !== undefined) return outside
    const { transport, whole } = this.#conversation
    const fresh = { state: this.#codec.open(), pending: new Pending(), transport, whole, lastSeen: 0 }
    const message = new CountingMessage()
    this.#codec.parse(bytes, at, end, true, fresh, message)
    if (message.fault !== undefined) return true
    const harm = message.commands.slice(0, message.count).find(({ op }) => !harmless.test(op))
    return harm === undefined ? true : problem('what is neutralised asks for nothing that is listed', harm.op)
  }

  #renumber(bytes: Uint8Array, at: number, end: number, fromClient: boolean): string | Problem {
    const before = bytes.slice()
    const changed = this.#codec.renumber?.(bytes, at, end, fromClient, this.#conversation) ?? false
    if (!changed && !same(bytes, before)) return problem('renumber says when it changed something')
    return this.#outcome('renumber', bytes, at, end) ?? 'passed'
  }

  /** What is rewritten is still one unit of the same length, and nothing beside it was touched. */
  #outcome(what: string, bytes: Uint8Array, at: number, end: number): Problem | undefined {
    for (let index = 0; index < bytes.length; index++)
      if ((index < at || index >= end) && bytes[index] !== this.#filling)
        return problem(`${what} writes nothing outside the unit`, index)
    const length = this.#codec.frame(bytes, at, end, this.#conversation.transport)
    return length !== end - at ? problem(`${what} keeps the length`, `${length} of ${end - at}`) : undefined
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])
