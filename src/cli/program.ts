import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { examples } from './command.ts'
import { registerCompletion } from './completion.ts'
import { type GroupName, groups } from './groups.ts'
import { registerHelp } from './help.ts'

const names = Object.keys(groups) as GroupName[]

const version = (): string => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

/**
 * The command tree with the given groups complete and the others as a name and a summary.
 * Throws CommanderError instead of ending the process, and leaves the printing of errors to run.ts.
 */
export const createProgram = async (wanted: readonly GroupName[]): Promise<Command> => {
  const program = new Command('bulkhead')
    .description('Agentless, inline Zero Trust enforcement for operational technology.')
    .option('--json', 'print one JSON value instead of text')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
  examples(
    program,
    ['bulkhead policy check site.yaml', 'is this policy valid?'],
    ['bulkhead edge status', 'what is enforced now?'],
    ['bulkhead lab run', 'see it work in a simulated plant'],
  )
  for (const name of names) {
    if (wanted.includes(name)) (await groups[name].load())(program)
    else program.command(name).description(groups[name].summary)
  }
  registerCompletion(program, () => createProgram(names))
  registerHelp(program)
  return program
}

/** Every group complete: for completion and for tests that walk the tree. */
export const createWholeProgram = (): Promise<Command> => createProgram(names)
