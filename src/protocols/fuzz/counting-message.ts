import { Message } from '#core/message.ts'

/** A message that counts how often its codec went on after its steps were used up. */
export class CountingMessage extends Message {
  steps = 0
  /** Turns after `step` had said no. */
  overrun = 0

  override reset(): this {
    this.steps = 0
    this.overrun = 0
    return super.reset()
  }

  override step(): boolean {
    this.steps++
    const more = super.step()
    if (!more) this.overrun++
    return more
  }
}
