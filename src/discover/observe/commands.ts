/** What inspectors tell of messages, summed up by conversation: who asks whom for what, on which object, how often. */
import type { Message } from '#core/message.ts'
import { other, type Flow } from '#inspect/flow.ts'
import type { Denial } from '#inspect/judge.ts'
import { ipProtocols } from '#packet/numbers.ts'
import type { Evidence } from '../model.ts'
import { conversationKey, type CommandSum } from './recording.ts'
import { OpRows, type CommandRow } from './rows.ts'

/** Rows told apart in one recording; beyond it new ops are not told apart any more. */
const mostOps = 200_000

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
  lastAsked: CommandRow | undefined
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
    const isAnswer = message.role === 'response'
    if (isAnswer && message.count === 0 && talk.lastAsked !== undefined) talk.lastAsked.refused++
    if (message.role === 'part') return talk
    const from = side === flow.client ? 'client' : 'server'
    for (let index = 0; index < message.count; index++) {
      const command = message.commands[index]
      if (command === undefined) break
      if (isAnswer) {
        const row = talk.ops.client.get(command.op)?.find(command)
        if (row !== undefined) row.answered++
        continue
      }
      const rows = this.#rows(talk, flow, command.op, from)
      if (rows === undefined) {
        this.untold++
        continue
      }
      const row = rows.row(command, evidence)
      row.take(command, flow.lastSeen)
      talk.lastAsked = message.role === 'request' ? row : undefined
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
      const begun = { messages: 0, lastAsked: undefined }
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
