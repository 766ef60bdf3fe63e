/** What passed without being judged, as the kernel kept it: told as one failure window when it is over. */
import * as z from 'zod'
import type { WatchdogReport } from '#schema/inspection.ts'
import { counters, table } from '#policy/nft/names.ts'
import { bootId } from '#linux/sysctl.ts'
import type { Edge } from '../context.ts'
import { durably, record } from '../writing.ts'
import { readCounters } from '../kernel/counters.ts'
import { listSet, type Element } from '../kernel/elements.ts'
import { keys } from '../store/kv.ts'
import { causesOf } from './causes.ts'

const lifeSeconds = 14 * 86_400
/** ms without a further packet after which a window is over. */
const quietMs = 1500
/** ms after which a window that goes on is told all the same, and the rest of it as the next. */
const longestMs = 600_000

const sets = ['uninspected4', 'uninspected6'] as const

/** When the kernel last touched the elements of a set, ms since 1970. */
const touched = (elements: readonly Element[], now: number): number[] =>
  elements.flatMap(({ expires }) => (expires === undefined ? [] : [now - (lifeSeconds - expires) * 1000]))

const Counted = z.object({ hung: z.number(), dead: z.number(), dropped: z.number() })
type Counted = z.infer<typeof Counted>
const Told = Counted.extend({ boot: z.string() })
const none: Counted = { hung: 0, dead: 0, dropped: 0 }

export class Uninspected {
  /** Packets that were told, by this daemon or an earlier one. */
  #told: Counted | undefined
  #seen = -1
  #changedAt = 0
  #beganAt = 0

  /** @param reached whether packets come to the queues at all */
  tick(edge: Edge, watchdog: WatchdogReport | undefined, reached: boolean): void {
    const counted = readCounters(edge.family)
    const packets = (name: string) => counted.get(name)?.packets ?? 0
    const now = {
      hung: packets(counters.uninspectedHung),
      dead: packets(counters.uninspectedDead),
      dropped: packets(counters.uninspectedDropped),
    }
    const total = now.hung + now.dead + now.dropped
    const at = performance.now()
    if (total !== this.#seen) {
      this.#seen = total
      this.#changedAt = at
    }
    const told = (this.#told ??= toldBefore(edge))
    // A table that was made anew counts anew.
    if (now.hung < told.hung || now.dead < told.dead || now.dropped < told.dropped) {
      this.#told = none
      return
    }
    const passed = now.hung - told.hung + now.dead - told.dead
    const dropped = now.dropped - told.dropped
    if (passed + dropped === 0) {
      this.#beganAt = at
      return
    }
    if (at - this.#changedAt < quietMs && at - this.#beganAt < longestMs) return
    const flows = sets.flatMap((set) => listSet(edge.nft, edge.family, table, set))
    const wall = Date.now()
    const first = touched(listSet(edge.nft, edge.family, table, 'uninspected_first'), wall)
    const last = touched(listSet(edge.nft, edge.family, table, 'uninspected_last'), wall)
    const [begins, ends] = [Math.min(wall, ...first), last.length === 0 ? wall : Math.min(wall, Math.max(...last))]
    const [hung, dead] = [now.hung - told.hung, now.dead - told.dead]
    const causes = causesOf({ from: begins, to: ends, hung, dead, reached }, watchdog)
    const from = new Date(begins).toISOString()
    const to = new Date(ends).toISOString()
    const stored = record(edge, {
      kind: 'failure-window',
      by: 'kernel',
      first: from,
      last: to,
      count: passed,
      text: `From ${from} to ${to} commands were not judged: ${passed} packet${passed === 1 ? '' : 's'} of ${flows.length} conversation${flows.length === 1 ? '' : 's'} passed uninspected, ${dropped} ${dropped === 1 ? 'was' : 'were'} stopped.`,
      details: {
        causes,
        packets: passed,
        dropped,
        flows: flows.length,
        conversations: flows
          .slice(0, 20)
          .map(
            ({ key: [src = '', dst = '', proto = '', port = ''], packets: count = 0 }) =>
              `${src} > ${dst} ${proto}/${port}: ${count}`,
          ),
      },
    })
    if (!stored) return
    this.#told = now
    durably(edge, () => edge.store.kv.set(keys.uninspected, { ...now, boot: bootId() }))
    const { family } = edge
    edge.nft.run(
      [...sets, 'uninspected_first', 'uninspected_last'].map((set) => `flush set ${family} ${table} ${set}`).join('\n'),
    )
  }
}

/** What earlier daemons told of the packets that this run of the kernel counted. */
const toldBefore = ({ store }: Edge): Counted => {
  const told = store.kv.get(keys.uninspected, Told)
  return told?.boot === bootId() ? told : none
}
