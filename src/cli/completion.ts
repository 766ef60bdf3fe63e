import { Argument, type Command } from 'commander'
import { examples, outputOf } from './command.ts'
import { completionScripts } from './completion/scripts.ts'
import { type Node, nodesOf } from './completion/tree.ts'

const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The completion script of one shell, generated from the whole command tree. */
export const completionFor = (shell: Shell, program: Command): string => {
  const nodes: Node[] = nodesOf(program)
  return completionScripts[shell](nodes)
}

export const registerCompletion = (program: Command, whole: () => Promise<Command>): void => {
  const completion = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action(async (shell: Shell, _options: object, command: Command) => {
      const script = completionFor(shell, await whole())
      outputOf(command).result({ shell, script }, () => script)
    })
  examples(
    completion,
    ['source <(bulkhead completion bash)', 'in ~/.bashrc'],
    ['bulkhead completion zsh > "${fpath[1]}/_bulkhead"', 'once, for zsh'],
    ['bulkhead completion fish > ~/.config/fish/completions/bulkhead.fish', 'once, for fish'],
  )
}
