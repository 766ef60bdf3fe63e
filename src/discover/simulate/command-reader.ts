/** One policy over the commands of permitted packets, by the inspector that enforces it; the commands of all others are read as well. */
import type { Message } from '#core/message.ts'
import { Inspector } from '#inspect/inspector.ts'
import type { Flow } from '#inspect/flow.ts'
import type { Denial } from '#inspect/judge.ts'
import { PacketSource } from '#inspect/packet-source.ts'
import { Program } from '#inspect/program.ts'
import type { Told } from '#inspect/told.ts'
import { Unlimited } from '#inspect/unlimited.ts'
import type { Plan } from '#policy/plan.ts'

/** A message, and what becomes of it. */
export interface Heard {
  readonly flow: Flow
  readonly side: 0 | 1
  readonly message: Message
  readonly permitted: boolean
  /** Why the command is denied; absent where the whole packet is. */
  readonly denial?: Denial
  /** By whose terms it was judged. */
  readonly conduit?: string
}

export type Reading = 'judged' | 'read' | 'none'

export class CommandReader {
  /** What is allowed changes with the time. */
  readonly timed: boolean
  readonly #judged: Inspector
  /** What is permitted without being judged, and what is denied: each holds back what a gap leaves open until it ends. */
  readonly #passed: Inspector
  readonly #denied: Inspector
  readonly #source = new PacketSource()
  /** Conversations forgotten for newer ones, to be taken up in their midst. */
  get forgotten(): number {
    return this.#judged.flows.forgotten + this.#passed.flows.forgotten + this.#denied.flows.forgotten
  }

  constructor(plan: Plan, told: (heard: Heard) => void) {
    const program = new Program(plan)
    this.timed = program.timed
    this.#judged = new Inspector(
      program,
      listening((flow, side, message, denial) => {
        const conduit = denial?.conduit ?? flow.terms.rules[0]?.conduit.id
        told({
          flow,
          side,
          message,
          permitted: denial === undefined,
          ...(denial === undefined ? {} : { denial }),
          ...(conduit === undefined ? {} : { conduit }),
        })
      }),
      { passive: true },
    )
    const reading = (permitted: boolean) =>
      new Inspector(
        new Unlimited(),
        listening((flow, side, message) => told({ flow, side, message, permitted })),
        { passive: true },
      )
    this.#passed = reading(true)
    this.#denied = reading(false)
  }

  /**
   * Reads a packet that begins with its IP header at `at`.
   * @param permitted what does not pass reaches no inspector, and is only read
   */
  packet(
    bytes: Uint8Array,
    at: number,
    { vlan, now, permitted }: { readonly vlan: number; readonly now: number; readonly permitted: boolean },
  ): Reading {
    this.#source.vlan = vlan
    this.#source.now = now
    if (permitted && this.#judged.packet(bytes, at, bytes.length, this.#source) !== undefined) return 'judged'
    const reader = permitted ? this.#passed : this.#denied
    return reader.packet(bytes, at, bytes.length, this.#source) === undefined ? 'none' : 'read'
  }

  end(): void {
    this.#judged.end()
    this.#passed.end()
    this.#denied.end()
  }
}

const listening = (message: NonNullable<Told['message']>): Told => ({
  message,
  denied: () => {},
  noticed: () => {},
  fault: () => {},
})
