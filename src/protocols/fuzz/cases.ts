/** Conversations made of a protocol's own messages, spoilt. */
import type { Codec } from '#core/codec.ts'
import type { Golden } from '../golden.ts'
import { bytesOf } from '../reading.ts'
import { actions, type Case, type Step } from './case.ts'
import { fitted, mutated, randomBytes } from './mutate.ts'
import type { Random } from './random.ts'

/** Puts checksums right, for protocols that read nothing behind a wrong one; in place. */
export type Repair = (bytes: Uint8Array) => void

/** Makes cases without end from the messages of one protocol. */
export class Cases {
  readonly #codec: Codec
  readonly #repair: Repair | undefined
  /** What comes before each message, and the message. */
  readonly #talks: readonly (readonly Step[])[]
  readonly #units: readonly Uint8Array[]

  constructor(codec: Codec, rows: readonly Golden[], repair?: Repair) {
    this.#codec = codec
    this.#repair = repair
    this.#talks = rows.map(({ from, hex, after = [] }) =>
      [...after, { from, hex }].map((unit) => ({
        fromClient: unit.from === 'client',
        action: 'pass',
        bytes: bytesOf(unit.hex),
      })),
    )
    this.#units = this.#talks.flatMap((steps) => steps.map(({ bytes }) => bytes))
  }

  next(random: Random): Case {
    const ports = this.#codec.vocabulary.ports
    const { transport } = random.pick(ports)
    const talks = Array.from({ length: 1 + random.below(3) }, () => random.pick(this.#talks))
    const steps = talks.flat().map((step) => this.#spoilt(step, transport, random))
    // Out of order, or sent again.
    if (random.once(6)) steps.splice(random.below(steps.length), 0, random.pick(steps))
    if (random.once(6)) steps.reverse()
    return { transport, whole: !random.once(4), steps }
  }

  #spoilt(step: Step, transport: Case['transport'], random: Random): Step {
    const action = random.once(3) ? random.pick(actions) : 'pass'
    const fromClient = random.once(12) ? !step.fromClient : step.fromClient
    if (random.once(3)) return { fromClient, action, bytes: step.bytes }
    if (random.once(30)) return { fromClient, action, bytes: randomBytes(random) }
    const bytes = mutated(step.bytes, random, random.pick(this.#units))
    const whole = random.once(3) ? bytes : fitted(this.#codec, bytes, transport)
    if (this.#repair === undefined || random.once(4)) return { fromClient, action, bytes: whole }
    const repaired = whole.slice()
    this.#repair(repaired)
    return { fromClient, action, bytes: repaired }
  }
}
