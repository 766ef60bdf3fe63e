/** What an inspector decides about one packet: filled again for every packet. */

/** - `accept`: as it is; `drop`; `rewritten`: what stands in `bytes` instead */
export type Verdict = 'accept' | 'drop' | 'rewritten'

/** A packet that the inspector sends in the name of one end to the other. */
export interface Injection {
  /** From the IP header on. */
  readonly bytes: Uint8Array
  readonly vlan: number
  /** Interface to send by and Ethernet addresses (as in PacketSource); -1 where unknown. */
  readonly device: number
  readonly toHigh: number
  readonly toLow: number
  readonly fromHigh: number
  readonly fromLow: number
}

const largest = 65_535 + 64

export class Output {
  verdict: Verdict = 'accept'
  /** The packet in its new form, from the IP header on. */
  readonly bytes = new Uint8Array(largest)
  length = 0
  /** To be sent after the verdict. */
  readonly injections: Injection[] = []

  reset(): this {
    this.verdict = 'accept'
    this.length = 0
    this.injections.length = 0
    return this
  }
}
