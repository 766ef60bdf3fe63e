/** Opens and closes time windows; the kernel closes them by itself when nobody does. */
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { windowState } from '#policy/windows.ts'
import { steadyNow, type Edge } from '../context.ts'
import { record } from '../writing.ts'
import { setWindow } from '../kernel/permits.ts'
import { ClockKeeper } from './clock.ts'

const longest = 15 * 86_400

/** Moves windows to what the clock says; called every second. A clock that is not believed moves nothing. */
export class WindowKeeper {
  readonly #open = new Map<string, number>()
  readonly #clock = new ClockKeeper()
  #generation = -1

  tick(edge: Edge): void {
    const { isRight, isNew } = this.#clock.tick(edge)
    // What was open by another clock was not opened by this one; the kernel may have it open for days still.
    if (isNew) this.#generation = -1
    if (!isRight) return
    const now = steadyNow(edge.store)
    const { plan, generation } = edge
    const reloaded = generation !== this.#generation
    plan.windows.forEach((window, index) => {
      const { open, until } = windowState(window, plan.timezone, now)
      const end = open ? Math.min(until ?? now + longest * 1000, now + longest * 1000) : 0
      const before = this.#open.get(window.id)
      // A window longer than the kernel's timeout is refreshed a day ahead of it.
      const refresh = open && before !== undefined && before - now < 86_400_000 && end > before
      // All of them after a load: the time that it took went by since its timeouts were computed, and an adopted generation may have
      // missed an opening, or have opened by another clock.
      if (reloaded || (open && (before === undefined || refresh)) || (!open && before !== undefined))
        setWindow(edge.nft, edge.family, generation, index, open ? (end - now) / 1000 : 0, needsIpHooks(plan))
      if (open !== (before !== undefined) && !(reloaded && before === undefined && open))
        record(edge, {
          kind: open ? 'window-open' : 'window-close',
          by: 'policy',
          text: `The window "${window.id}" is ${open ? 'open' : 'closed'}.`,
        })
      if (open) this.#open.set(window.id, before === undefined || refresh || reloaded ? end : before)
      else this.#open.delete(window.id)
    })
    this.#generation = generation
  }
}
