/** What follows when the clock of the machine was wrong: whatever counts by it goes on with the right one. */
import { isClockKept } from '#linux/clock.ts'
import type { Edge } from '../context.ts'
import { record, refusalOf } from '../writing.ts'
import { keys } from '../store/kv.ts'
import { ClockJudge } from './clock-judge.ts'

/** ms for which a clock that was set is an alarm. */
const alarmedMs = 3_600_000

const iso = (ms: number): string => new Date(ms).toISOString()

/** Looks at the clock; called every second, before what goes by it. */
export class ClockKeeper {
  readonly #judge = new ClockJudge()
  #alarmedUntil = Number.NEGATIVE_INFINITY
  /** Newest time on record at the last look, and when that was on a clock that nobody sets; both in ms. */
  #last = { record: 0, steady: 0 }

  /** @returns whether windows may go by the clock now, and whether it is another one than they went by before */
  tick(edge: Edge): { readonly isRight: boolean; readonly isNew: boolean } {
    const { store, alarms } = edge
    const wall = Date.now()
    const steady = performance.now()
    const judgement = this.#judge.judge({ wall, steady, record: store.lastTime(), isKept: isClockKept })
    const counted = this.#last.record + steady - this.#last.steady
    this.#last = { record: judgement.record, steady }
    // On a full disk a clock that runs is still right; one that was set back cannot be gone by.
    const unwritten = refusalOf(() => {
      if (judgement.is === 'set-back') store.setClock(judgement.from, wall)
      // A clock that was behind the record was not what orders counted by.
      else if (judgement.is === 'set-forth') store.setClock(Math.max(judgement.from, counted), wall)
      else store.kv.set(keys.lastTime, Math.round(judgement.record), { durable: false })
    })
    if (judgement.is === 'set-back' && unwritten !== undefined) {
      alarms.set(
        'clock',
        `${unwritten.message} The clock was set back; no window opens or closes by time until that is stored.`,
      )
      return { isRight: false, isNew: false }
    }
    if (judgement.is === 'settling' || judgement.is === 'wrong') {
      if (judgement.is === 'wrong' && !alarms.has('clock'))
        record(edge, {
          kind: 'clock',
          text: `The clock says ${iso(wall)}, before the newest time on record, ${iso(judgement.record)}; windows stay as they are.`,
        })
      if (judgement.is === 'wrong' || alarms.has('clock'))
        alarms.set(
          'clock',
          `The clock is before the newest time on record, ${iso(judgement.record)}: no window opens or closes by time until it is set, or kept by NTP.`,
        )
      return { isRight: false, isNew: false }
    }
    alarms.delete('clock')
    if (judgement.is === 'right') {
      if (steady >= this.#alarmedUntil) alarms.delete('clock-set')
      return { isRight: true, isNew: false }
    }
    const [from, to] = [iso(judgement.from), iso(wall)]
    const way = judgement.is === 'set-back' ? 'back' : 'forth'
    record(edge, {
      kind: 'clock',
      text: `The clock was set ${way} from ${from} to ${to}; time windows go by it.`,
      details: { from, to },
    })
    alarms.set(
      'clock-set',
      `The clock was set ${way} from ${from} to ${to}; time windows go by it. If it is wrong now, set it; what it did: \`bulkhead edge events --kind clock,window-open,window-close\`.`,
    )
    this.#alarmedUntil = steady + alarmedMs
    return { isRight: true, isNew: true }
  }
}
