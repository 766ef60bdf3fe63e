/** The manager as the plant's process sees it: asked to come and go through the one outside, and asked about itself over its socket. */
import { join } from 'node:path'
import type * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { askManager } from '#manager/client.ts'
import type { ManagerState, Tell } from '../messages.ts'

/** ms; a start with initdb on a slow machine */
const patience = 240_000

const isState = (value: unknown): value is ManagerState =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'manager'

export class ManagerLine {
  readonly #tell: Tell
  #state: ManagerState | undefined

  constructor(tell: Tell) {
    this.#tell = tell
  }

  /** Starts or ends it, and waits until that is done. */
  async want(want: 'up' | 'down'): Promise<ManagerState> {
    const { promise, resolve, reject } = Promise.withResolvers<ManagerState>()
    const receive = (message: unknown): void => {
      if (isState(message) && message.state === want) resolve(message)
    }
    const late = setTimeout(
      () => reject(new Fault('manager-unreachable', `The manager of the plant does not go ${want}.`)),
      patience,
    )
    process.on('message', receive)
    try {
      this.#tell({ type: 'manager', want })
      this.#state = await promise
      return this.#state
    } finally {
      clearTimeout(late)
      process.off('message', receive)
    }
  }

  /** As its local administrator. @throws Fault */
  ask<T>(path: string, answer: z.ZodType<T>): Promise<T> {
    const folder = this.#state?.folder ?? ''
    return askManager(join(folder, 'manager.sock'), { path, answer })
  }
}
