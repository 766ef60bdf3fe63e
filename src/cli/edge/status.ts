import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import type { Output } from '../output.ts'
import { ask, withTarget } from './connection.ts'
import { statusText } from './status-view.ts'

interface StatusOptions {
  readonly watch?: true
  readonly all?: true
}

/** Rows per table, so that a policy of ten thousand conduits does not bury the first line. */
const shortRows = 20
const refreshMs = 1000

const watch = async (command: Command, output: Output, rows: number): Promise<never> => {
  for (;;) {
    try {
      const status = await ask(command, 'status', {}, { timeoutMs: refreshMs * 3 })
      output.view(status, () => statusText(status, output, { now: Date.now(), rows }))
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'edge-unreachable') throw error
      const text = `NO ANSWER: ${error.message} What the kernel enforces stays. Looking again.`
      output.view({ error }, () => output.paint(['bold', 'red'], text))
    }
    await sleep(refreshMs)
  }
}

export const registerStatus = (edge: Command): void => {
  const status = withTarget(edge.command('status'))
    .description('show what is enforced now; the first line is what matters')
    .option('--watch', 'show it again every second, until Ctrl-C')
    .option('--all', 'show every row of long tables')
    .action(async (options: StatusOptions, command: Command) => {
      const output = outputOf(command)
      const rows = options.all === true ? Infinity : shortRows
      if (options.watch === true) await watch(command, output, rows)
      const answer = await ask(command, 'status', {})
      output.result(answer, () => statusText(answer, output, { now: Date.now(), rows }))
    })
  examples(
    status,
    ['bulkhead edge status', 'is it enforcing, who is contained, which conduits are used?'],
    ['bulkhead edge status --watch', 'keep looking during a change'],
    ['bulkhead edge status --json | jq -r .state', 'for a monitoring script'],
  )
}
