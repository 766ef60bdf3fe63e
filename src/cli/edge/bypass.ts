import type { Command } from 'commander'
import { type ErrorCode, Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { OrderReport } from '#schema/control.ts'
import { examples, outputOf } from '../command.ts'
import { ask, who, withTarget } from './connection.ts'
import { duration } from './duration.ts'
import { orderText } from './order-view.ts'

interface BypassOptions {
  readonly for?: string
  readonly reason?: string
  readonly end?: true
  readonly state?: string
}

/** ms: whoever needs a bypass does not wait long for a daemon that hangs. */
const patienceMs = 3000

/** What the person has to put right. Everything else (a dead daemon, a full disk, a broken store) must not stand in the way. */
const ownFaults: ReadonlySet<ErrorCode> = new Set(['usage', 'refused', 'privileges-missing'])

/** Through the daemon, or straight into the kernel when the daemon cannot. */
const order = async (viaDaemon: () => Promise<OrderReport>, seconds: number, reason: string, state?: string) => {
  try {
    const report = await viaDaemon()
    return { report, direct: undefined, until: report.expires }
  } catch (error) {
    if (!(error instanceof Fault) || ownFaults.has(error.code)) throw error
    const { bypassDirectly } = await import('#edge/bypass.ts')
    return {
      report: undefined,
      direct: error.message,
      ...bypassDirectly({ seconds, reason, ...(state === undefined ? {} : { state }) }),
    }
  }
}

export const registerBypass = (edge: Command): void => {
  const bypass = withTarget(edge.command('bypass'))
    .description('let everything pass for a limited time; works with the daemon dead')
    .option('--for <duration>', 'how long; it ends by itself', duration)
    .option('--reason <text>', 'why; it becomes part of the record')
    .option('--end', 'enforce again now')
    .option(
      '--state <directory>',
      'where to write it down when the daemon is dead (default: the only edge of this machine)',
    )
    .action(async ({ for: length, reason, end, state }: BypassOptions, command: Command) => {
      const output = outputOf(command)
      const quick = { timeoutMs: patienceMs }
      if (end === true) {
        const done = await order(
          () => ask(command, 'bypass-end', { by: who() }, quick),
          0,
          reason ?? 'ended by hand',
          state,
        )
        return output.result({ bypassed: false, direct: done.direct !== undefined }, () =>
          done.report === undefined
            ? `${done.direct} The bypass was ended directly in the kernel: the rules are enforced again.`
            : orderText(done.report),
        )
      }
      if (length === undefined || reason === undefined)
        throw new Fault('usage', 'A bypass needs --for and --reason, or --end to end one.', {
          advice: 'For example: bulkhead edge bypass --for 30m --reason "line 1 stopped".',
        })
      const seconds = durationSeconds(length)
      const done = await order(
        () => ask(command, 'bypass', { for: length, reason, by: who() }, quick),
        seconds,
        reason,
        state,
      )
      const undo = 'End it: bulkhead edge bypass --end'
      output.result({ bypassed: true, until: done.until, direct: done.direct !== undefined }, () =>
        done.report === undefined
          ? `${done.direct} The bypass was set directly in the kernel: everything passes for ${length}.\n${undo}`
          : `${orderText(done.report)}\n${undo}`,
      )
    })
  examples(
    bypass,
    [
      'bulkhead edge bypass --for 30m --reason "line 1 stopped, looking for the cause"',
      'production stands still: pass everything',
    ],
    ['bulkhead edge bypass --end', 'enforce again'],
  )
}
