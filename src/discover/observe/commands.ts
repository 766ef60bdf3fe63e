/** What inspectors tell of messages, summed up by conversation: who asks whom for what, on which object, how often. */
import type { Message } from '#core/message.ts'
import { other, type Flow } from '#inspect/flow.ts'
import type { Denial } from '#inspect/judge.ts'
import { ipProtocols } from '#packet/numbers.ts'
import type { Evidence } from '../model.ts'
import { conversationKey, type CommandSum } from './recording.ts'
import { OpRows, type CommandRow } from './rows.ts'

/** Ops of conversations told apart in one recording. */
const mostOps = 200_000
/** Messages of a conversation that wait for their answers; beyond it none of them is matched. */
const mostAsked = 256

/** What was said in one conversation, over all of its connections. */
export interface Talk {
  readonly key: string
  readonly protocol: string
  readonly vlan: number
  readonly server: string
  /** By the end that sends them. */
  readonly ops: Readonly<Record<'client' | 'server', Map<string, OpRows>>>
  readonly faults: Map<string, number>
  messages: number
  /** What was asked in messages that wait for their answers, by their transaction; of a message with several commands its last. */
  readonly asked: Map<number, CommandRow>
}

export class Commands {
  readonly #flows = new WeakMap<Flow, Talk>()
  readonly #talks = new Map<string, Talk>()
  #ops = 0
  /** Messages whose commands were not told apart for lack of room. */
  untold = 0

  /** @param evidence where the message is, asked for only when something is new */
  message(flow: Flow, side: 0 | 1, message: Message, denial: Denial | undefined, evidence: () => Evidence): Talk {
    const talk = this.#talk(flow)
    if (denial !== undefined) talk.faults.set(denial.reason, (talk.faults.get(denial.reason) ?? 0) + 1)
    if (message.fault !== undefined) return talk
    talk.messages++
    if (message.role === 'part') return talk
    if (message.role === 'response') {
      if (denial === undefined) answer(talk, message)
      return talk
    }
    const from = side === flow.client ? 'client' : 'server'
    for (let index = 0; index < message.count; index++) {
      const command = message.commands[index]
      if (command === undefined) break
      const rows = this.#rows(talk, flow, command.op, from)
      if (rows === undefined) {
        this.untold++
        continue
      }
      const row = rows.row(command, evidence)
      row.take(command, flow.lastSeen)
      if (message.role !== 'request') continue
      if (talk.asked.size >= mostAsked) talk.asked.clear()
      talk.asked.set(message.transaction, row)
    }
    return talk
  }

  /** Talks by the key of their conversation. */
  get talks(): ReadonlyMap<string, Talk> {
    return this.#talks
  }

  sums(): Map<string, Map<string, CommandSum>> {
    const all = new Map<string, Map<string, CommandSum>>()
    for (const [key, { ops, protocol }] of this.#talks) {
      const sums = new Map<string, CommandSum>()
      for (const side of [ops.client, ops.server])
        for (const rows of side.values()) for (const [of, sum] of rows.sums(protocol)) sums.set(of, sum)
      all.set(key, sums)
    }
    return all
  }

  #rows(talk: Talk, flow: Flow, op: string, from: 'client' | 'server'): OpRows | undefined {
    const ops = talk.ops[from]
    const found = ops.get(op)
    if (found !== undefined || this.#ops >= mostOps) return found
    this.#ops++
    const rows = new OpRows(op, flow.terms.codec.vocabulary.ops[op]?.risk ?? 'session', from)
    ops.set(op, rows)
    return rows
  }

  #talk(flow: Flow): Talk {
    const known = this.#flows.get(flow)
    if (known !== undefined) return known
    const { vlan, family, transport, names, ports, client } = flow
    const server = other(client)
    const key = conversationKey({
      vlan,
      etherType: family === 4 ? 0x0800 : 0x86dd,
      proto: ipProtocols[transport],
      client: names[client],
      server: names[server],
      port: ports[server],
    })
    let talk = this.#talks.get(key)
    if (talk === undefined) {
      const protocol = flow.terms.codec.vocabulary.name
      const begun = { messages: 0, asked: new Map<number, CommandRow>() }
      talk = {
        key,
        protocol,
        vlan,
        server: names[server],
        ops: { client: new Map(), server: new Map() },
        faults: new Map(),
        ...begun,
      }
      this.#talks.set(key, talk)
    }
    this.#flows.set(flow, talk)
    return talk
  }
}

/** Of an answer in several parts the first one counts that shows or refuses something. */
const answer = ({ asked }: Talk, { transaction, count, more, refused }: Message): void => {
  const row = asked.get(transaction)
  if (row === undefined || (more && count === 0 && !refused)) return
  asked.delete(transaction)
  if (refused) row.refused++
  else row.answered++
}
