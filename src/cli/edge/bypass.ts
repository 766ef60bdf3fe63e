import type { Command } from 'commander'
import { type ErrorCode, Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { OrderReport } from '#schema/control.ts'
import { examples, outputOf } from '../command.ts'
import { ask, type Target, who, withTarget } from './connection.ts'
import { duration, reasonText } from './values.ts'
import { orderText } from './report-view.ts'

interface BypassOptions extends Target {
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
const order = async (
  viaDaemon: () => Promise<OrderReport>,
  seconds: number,
  reason: string,
  options: BypassOptions,
) => {
  try {
    const report = await viaDaemon()
    return { report, direct: undefined, until: report.expires, recorded: true, state: undefined }
  } catch (error) {
    if (!(error instanceof Fault) || ownFaults.has(error.code)) throw error
    const { bypassDirectly } = await import('#edge/bypass.ts')
    const { memoryOf } = await import('./memory.ts')
    const state = memoryOf(options)
    const done = bypassDirectly({ seconds, reason, by: who(), state })
    return { report: undefined, direct: error.message, state, ...done }
  }
}

/** Said where a bypass is in the kernel alone. @param then what a restart of the machine does */
const unrecorded = ({ recorded, state }: { recorded: boolean; state: string | undefined }, then: string): string =>
  recorded
    ? ''
    : `\n${
        state === undefined
          ? 'It is in no record, since it is not clear whose it is: name the state directory with --state.'
          : `It is in no record: ${state} cannot be written.`
      } ${then}`

export const registerBypass = (edge: Command): void => {
  const bypass = withTarget(edge.command('bypass'))
    .description('let everything pass for a limited time; works with the daemon dead')
    .option('--for <duration>', 'how long; it ends by itself', duration)
    .option('--reason <text>', 'why; it becomes part of the record', reasonText)
    .option('--end', 'enforce again now')
    .option(
      '--state <directory>',
      'where to write it down when the daemon is dead (default: the only edge of this machine)',
    )
    .action(async (options: BypassOptions, command: Command) => {
      const { for: length, reason, end } = options
      const output = outputOf(command)
      const quick = { timeoutMs: patienceMs }
      if (end === true) {
        const done = await order(
          () => ask(command, 'bypass-end', { by: who() }, quick),
          0,
          reason ?? 'ended by hand',
          options,
        )
        const { direct, recorded } = done
        const lost = unrecorded(done, 'A restart of the machine may bring it back.')
        return output.result({ bypassed: false, direct: direct !== undefined, recorded }, () =>
          done.report === undefined
            ? `${direct} The bypass was ended directly in the kernel: the rules are enforced again.${lost}`
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
        options,
      )
      const { direct, until, recorded } = done
      const lost = unrecorded(done, 'A restart of the machine ends it.')
      const undo = 'End it: bulkhead edge bypass --end'
      output.result({ bypassed: true, until, direct: direct !== undefined, recorded }, () =>
        done.report === undefined
          ? `${direct} The bypass was set directly in the kernel: everything passes for ${length}.${lost}\n${undo}`
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
