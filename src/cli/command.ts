/**
 * What a command group looks like. One file per group, loaded only when it is used:
 *
 *   export const register: Register = (program) => {
 *     const policy = program.command('policy').description(summaryOf('policy'))
 *     examples(policy, ['bulkhead policy check site.yaml', 'is this policy valid?'])
 *     const check = policy
 *       .command('check')
 *       .description('check a policy')
 *       .argument('<file>', 'site policy (YAML)')
 *       .action(async (file: string, options: CheckOptions, command: Command) => {
 *         const output = outputOf(command)
 *         output.result({ ok: true }, () => 'ok')
 *       })
 *     examples(check, ['bulkhead policy check site.yaml', 'name every problem with its line'])
 *   }
 *
 * Failures are thrown as a `Fault`; run.ts prints them. `--json` is global: no command declares it itself.
 */
import type { Command } from 'commander'
import { Output } from './output.ts'

export type Register = (program: Command) => void

/** A whole command line, and what it is for. */
export type Example = readonly [line: string, purpose: string]

const registered = new WeakMap<Command, readonly Example[]>()

/** Shows the examples under the command's --help. Every command needs at least one: tree.test.ts. */
export const examples = (command: Command, ...lines: readonly [Example, ...Example[]]): Command => {
  registered.set(command, lines)
  return command.addHelpText('after', () => `\nExamples:\n${layout(lines)}`)
}

export const examplesOf = (command: Command): readonly Example[] => registered.get(command) ?? []

// The purpose stands above its command line: long lines stay whole and can be copied.
const layout = (lines: readonly Example[]): string =>
  lines.map(([line, purpose]) => `  # ${purpose}\n  ${line}`).join('\n')

/** Where a command's action writes: knows `--json` and the terminal. */
export const outputOf = (command: Command): Output =>
  new Output({ json: command.optsWithGlobals<{ json?: boolean }>().json === true })

/** The names from the root to this command: `['bulkhead', 'policy', 'check']`. */
export const pathOf = (command: Command): string[] =>
  command.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()]
