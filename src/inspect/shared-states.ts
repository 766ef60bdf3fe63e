/**
 * What is known of conversations whose datagrams belong together although they come from several ports: a device that puts messages
 * together by addresses of its own protocol would else be sent parts that were judged apart.
 */
import { endsOf, type Flow } from './flow.ts'

export class SharedStates {
  readonly #states = new Map<string, unknown>()
  readonly #limit: number

  /** @param limit pairs of ends kept at most; the one that opened a port longest ago makes room */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Gives a new conversation the state that others of the same two ends have. */
  join(flow: Flow): void {
    if (flow.transport !== 'udp' || flow.terms.codec.acrossPorts !== true) return
    const [client, server] = endsOf(flow, flow.client)
    const key = `${flow.vlan} ${client} ${server} ${flow.terms.codec.vocabulary.name}`
    flow.state = this.#states.get(key) ?? flow.state
    this.#states.delete(key)
    this.#states.set(key, flow.state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > this.#limit && oldest !== undefined) this.#states.delete(oldest)
  }
}
