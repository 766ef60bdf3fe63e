import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { InvalidArgumentError, type Command } from 'commander'
import { fileLimits } from '#edge/control/body.ts'
import { examples, outputOf } from '../command.ts'
import { bytesIn } from '../failure.ts'
import { ask, who, withTarget } from './connection.ts'
import { duration, reasonText } from './values.ts'
import { appliedText, changesText, orderText, summary } from './report-view.ts'

interface ApplyOptions {
  readonly confirmWithin: string
  readonly dryRun?: true
  readonly yes?: true
}

const agrees = async (question: string): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

const registerApply = (edge: Command): void => {
  const apply = withTarget(edge.command('apply'))
    .description('enforce another policy; without a confirmation it goes away by itself')
    .argument('<file>', 'site policy (YAML)')
    .option('--confirm-within <duration>', 'time for `bulkhead edge confirm`', duration, '60s')
    .option('--dry-run', 'only show what would change')
    .option('-y, --yes', 'do not ask')
    .action(async (file: string, options: ApplyOptions, command: Command) => {
      const output = outputOf(command)
      const name = resolve(file)
      // Read once: what was shown is what is applied.
      const body = { name, file: bytesIn(name, fileLimits.apply), confirm: options.confirmWithin, by: who() }
      const preview = async () => ask(command, 'apply', { ...body, 'dry-run': true })
      if (options.dryRun === true) {
        const changes = await preview()
        return output.result(changes, () => `${changesText(changes, output)}\nNothing was applied.`)
      }
      const asking = options.yes !== true && output.terminal && process.stdin.isTTY
      if (asking) {
        const changes = await preview()
        output.say(changesText(changes, output))
        if (!(await agrees(`${summary(changes)} Apply?`))) {
          output.say('Nothing was applied.')
          process.exitCode = 1
          return
        }
      }
      const report = await ask(command, 'apply', body)
      output.result(report, () =>
        asking ? appliedText(report) : `${changesText(report, output)}\n${appliedText(report)}`,
      )
    })
  examples(
    apply,
    ['bulkhead edge apply site.yaml --dry-run', 'what would newly break, what would newly work?'],
    ['bulkhead edge apply site.yaml', 'show that, ask, apply; then confirm within 60 s'],
    ['bulkhead edge apply site.yaml --yes --confirm-within 10m', 'in a script, with time to test the line'],
  )
}

const digestStart = (text: string): string => {
  if (/^[0-9a-f]{8,64}$/.test(text)) return text
  throw new InvalidArgumentError('It is 8 or more hex digits, as `bulkhead edge status` shows them.')
}

const registerConfirm = (edge: Command): void => {
  const confirm = withTarget(edge.command('confirm'))
    .description('keep the policy that was just applied')
    .option('--digest <digest>', 'this policy alone, as `apply` and `status` name it', digestStart)
    .option('--force', 'although an essential conduit has no traffic under it')
    .action(async ({ digest, force }: { digest?: string; force?: true }, command: Command) => {
      const which = digest === undefined ? {} : { digest }
      const report = await ask(command, 'confirm', { by: who(), force: force === true, ...which })
      outputOf(command).result(report, () => orderText(report))
    })
  examples(
    confirm,
    ['bulkhead edge confirm', 'production runs under the new policy'],
    ['bulkhead edge confirm --digest a1b2c3d4e5f6', 'and nobody has applied another one meanwhile'],
    ['bulkhead edge confirm --force', 'a line that stands still on purpose'],
  )
}

const registerRollback = (edge: Command): void => {
  const rollback = withTarget(edge.command('rollback'))
    .description('go back to the last confirmed policy now')
    .option('--reason <text>', 'why', reasonText, 'rolled back by hand')
    .action(async ({ reason }: { reason: string }, command: Command) => {
      const report = await ask(command, 'rollback', { reason, by: who() })
      outputOf(command).result(report, () => orderText(report))
    })
  examples(rollback, ['bulkhead edge rollback --reason "HMI 2 lost its PLC"', 'the policy is wrong'])
}

export const registerApplyCommands = (edge: Command): void => {
  registerApply(edge)
  registerConfirm(edge)
  registerRollback(edge)
}
