/** What was counted over a capture: by conversation, and by conduit. */
import type { Counts } from '#inspect/counts.ts'
import { other, type Flow } from '#inspect/flow.ts'

/** Conversations told apart; what comes after them is counted together. */
const maxConversations = 10_000

export class Tally {
  messages = 0
  permitted = 0
  /** Messages by the reason they were denied for. */
  readonly denied = new Map<string, number>()

  count(reason: string | undefined): void {
    this.messages++
    if (reason === undefined) this.permitted++
    else this.denied.set(reason, (this.denied.get(reason) ?? 0) + 1)
  }

  get figures() {
    return { messages: this.messages, permitted: this.permitted, denied: Object.fromEntries(this.denied) }
  }
}

export interface ConversationFigures {
  readonly client: string
  readonly server: string
  readonly protocol: string
  /** Known by its structure, on a port that is not the protocol's. */
  readonly elsewhere: boolean
  readonly messages: number
  readonly permitted: number
  readonly denied: Readonly<Record<string, number>>
}

export interface ConduitFigures {
  readonly conduit: string
  readonly messages: number
  readonly permitted: number
  readonly denied: Readonly<Record<string, number>>
  /** Segments of connections that were open before, until their messages were found. */
  readonly unsynchronised: number
}

interface Known {
  readonly client: string
  readonly server: string
  readonly protocol: string
  readonly elsewhere: boolean
  readonly tally: Tally
}

export class Tallies {
  readonly #flows = new WeakMap<Flow, Known>()
  readonly #conversations = new Map<string, Known>()
  readonly #conduits = new Map<string, Tally>()
  readonly #others: Known = { client: 'others', server: '', protocol: '', elsewhere: false, tally: new Tally() }

  count(flow: Flow, reason: string | undefined, conduit: string): void {
    this.#conversation(flow).tally.count(reason)
    let tally = this.#conduits.get(conduit)
    if (tally === undefined) this.#conduits.set(conduit, (tally = new Tally()))
    tally.count(reason)
  }

  get denied(): number {
    let sum = 0
    for (const { denied } of this.#conduits.values()) for (const count of denied.values()) sum += count
    return sum
  }

  conversations(): readonly ConversationFigures[] {
    return [...this.#conversations.values(), this.#others].flatMap(({ tally, ...known }) =>
      tally.messages === 0 ? [] : [{ ...known, ...tally.figures }],
    )
  }

  conduits(counts: ReadonlyMap<string, Counts>): readonly ConduitFigures[] {
    return [...new Set([...counts.keys(), ...this.#conduits.keys()])].map((conduit) => ({
      conduit,
      ...(this.#conduits.get(conduit) ?? new Tally()).figures,
      unsynchronised: counts.get(conduit)?.unsynchronised ?? 0,
    }))
  }

  /** One row for all connections of a client with a service of a server. */
  #conversation(flow: Flow): Known {
    const known = this.#flows.get(flow)
    if (known !== undefined) return known
    const { names, ports, client, terms, transport } = flow
    const { vocabulary } = terms.codec
    const server = other(client)
    const port = ports[server]
    const key = `${names[client]} ${names[server]} ${transport} ${port} ${vocabulary.name}`
    let found = this.#conversations.get(key)
    if (found === undefined && this.#conversations.size >= maxConversations) found = this.#others
    if (found === undefined) {
      found = {
        client: names[client],
        server: `${names[server]} ${transport}/${port}`,
        protocol: vocabulary.name,
        elsewhere: !vocabulary.ports.some((one) => one.transport === transport && one.port === port),
        tally: new Tally(),
      }
      this.#conversations.set(key, found)
    }
    this.#flows.set(flow, found)
    return found
  }
}
