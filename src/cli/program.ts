import { Command, Help, type Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { examples } from './command.ts'
import { registerCompletion } from './completion.ts'
import { type GroupName, groupNames, groups } from './groups.ts'
import { registerHelp } from './help.ts'

/** Every command below the root has the root's habits: `bulkhead help policy` is the one help command. */
class Below extends Command {
  constructor(name?: string) {
    super(name)
    this.helpCommand(false)
  }

  override createCommand(name?: string): Command {
    return new Below(name)
  }
}

const usual = new Help()

/** A flag that is not set needs no word of it; an option that must be there does. */
const optionDescription = (option: Option): string => {
  const said = option.defaultValue === false ? option.description : usual.optionDescription(option)
  return option.mandatory && option.defaultValue === undefined ? `${said} (required)` : said
}

/** `bulkhead` without commands. Throws CommanderError instead of ending the process; run.ts prints errors. */
export const createRoot = (): Command =>
  new Below('bulkhead')
    .description('Agentless, inline Zero Trust enforcement for operational technology.')
    .option('--json', 'print one JSON value instead of text')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20, optionDescription })

/** The command tree with the given groups complete and the others as a name and a summary. */
export const createProgram = async (wanted: readonly GroupName[]): Promise<Command> => {
  const program = createRoot()
  examples(
    program,
    ['bulkhead policy check site.yaml', 'is this policy valid?'],
    ['bulkhead discover captures/', 'who speaks with whom in this plant?'],
    ['bulkhead edge status', 'what is enforced now?'],
    ['bulkhead lab run', 'see it work in a simulated plant'],
  )
  for (const name of groupNames) {
    if (wanted.includes(name)) (await groups[name].load())(program)
    else program.command(name).description(groups[name].summary)
  }
  registerCompletion(program, () => createProgram(groupNames))
  registerHelp(program)
  return program
}

/** Every group complete: for completion and for tests that walk the tree. */
export const createWholeProgram = (): Promise<Command> => createProgram(groupNames)
