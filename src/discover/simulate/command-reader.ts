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
  readonly #read: Inspector
  readonly #source = new PacketSource()
  readonly #told: (heard: Heard) => void
  /** Conversations forgotten for newer ones, to be taken up in their midst. */
  get forgotten(): number {
    return this.#judged.flows.forgotten + this.#read.flows.forgotten
  }
  #isPermitted = true

  constructor(plan: Plan, told: (heard: Heard) => void) {
    this.#told = told
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
    this.#read = new Inspector(
      new Unlimited(),
      listening((flow, side, message) => this.#told({ flow, side, message, permitted: this.#isPermitted })),
      { passive: true },
    )
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
    this.#isPermitted = permitted
    return this.#read.packet(bytes, at, bytes.length, this.#source) === undefined ? 'none' : 'read'
  }

  end(): void {
    this.#judged.end()
    this.#isPermitted = true
    this.#read.end()
  }
}

const listening = (message: NonNullable<Told['message']>): Told => ({
  message,
  denied: () => {},
  noticed: () => {},
  fault: () => {},
})
