/** Opens and closes time windows; the kernel closes them by itself when nobody does. */
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { windowState } from '#policy/windows.ts'
import { record, steadyNow, type Edge } from '../context.ts'
import { setWindow } from '../kernel/permits.ts'
import { keys } from '../store/kv.ts'

const longest = 15 * 86_400

/** Moves windows to what the clock says; called every second. A clock before the newest persisted time moves nothing. */
export class WindowKeeper {
  readonly #open = new Map<string, number>()
  #generation = -1

  tick(edge: Edge): void {
    const last = edge.store.lastTime()
    if (last !== undefined && Date.now() < last - 5000) {
      if (!edge.alarms.has('clock'))
        record(edge, {
          kind: 'clock',
          text: `The clock says ${new Date().toISOString()}, before the newest time on record; windows stay as they are.`,
        })
      edge.alarms.set(
        'clock',
        'The clock is before the newest time on record: no window opens or closes by time until it is set.',
      )
      return
    }
    edge.alarms.delete('clock')
    edge.store.kv.set(keys.lastTime, Date.now(), { durable: false })
    const now = steadyNow(edge.store)
    const { plan, generation } = edge
    const reloaded = generation !== this.#generation
    this.#generation = generation
    plan.windows.forEach((window, index) => {
      const { open, until } = windowState(window, plan.timezone, now)
      const end = open ? Math.min(until ?? now + longest * 1000, now + longest * 1000) : 0
      const before = this.#open.get(window.id)
      // A window longer than the kernel's timeout is refreshed a day ahead of it.
      const refresh = open && before !== undefined && before - now < 86_400_000 && end > before
      // Also after a load: the time that it took went by since its timeouts were computed, and an adopted generation may have missed an opening.
      if (open && (before === undefined || refresh || reloaded))
        setWindow(edge.nft, edge.family, generation, index, (end - now) / 1000, needsIpHooks(plan))
      else if (!open && before !== undefined) setWindow(edge.nft, edge.family, generation, index, 0, needsIpHooks(plan))
      if (open !== (before !== undefined) && !(reloaded && before === undefined && open))
        record(edge, {
          kind: open ? 'window-open' : 'window-close',
          by: 'policy',
          text: `The window "${window.id}" is ${open ? 'open' : 'closed'}.`,
        })
      if (open) this.#open.set(window.id, before === undefined || refresh ? end : before)
      else this.#open.delete(window.id)
    })
  }
}
