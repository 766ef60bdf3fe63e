import type { Argument, Command, Option } from 'commander'

/** What may stand at a place: a file, one of some words, nothing that can be guessed, or nothing at all. */
export type Value = 'file' | 'unknown' | 'none' | readonly string[]
export type Described = { name: string; description: string }
export type CompletionOption = { flags: readonly string[]; description: string; value: Value }
/** One command as completion sees it. `place` is '' for the root, then '/policy', '/policy/check'… */
export type Node = {
  place: string
  commands: readonly Described[]
  options: readonly CompletionOption[]
  argument: Value
}

/** Arguments and option values that name a file carry one of these names. */
const fileNames = /^(file|folder|path|directory|socket|before|after)(\.\.\.)?$/

const valueOfArgument = (argument: Argument | undefined): Value => {
  if (argument === undefined) return 'none'
  if (argument.argChoices !== undefined) return argument.argChoices
  return fileNames.test(argument.name()) ? 'file' : 'unknown'
}

const valueOfOption = (option: Option): Value => {
  if (!option.required && !option.optional) return 'none'
  if (option.argChoices !== undefined) return option.argChoices
  const name = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? ''
  return fileNames.test(name) ? 'file' : 'unknown'
}

const describe = (option: Option): CompletionOption => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
  description: option.description,
  value: valueOfOption(option),
})

/** The command and everything below it, hidden commands and options left out. */
export const nodesOf = (command: Command, place = ''): Node[] => {
  const help = command.createHelp()
  const below = help.visibleCommands(command)
  return [
    {
      place,
      commands: below.map((child) => ({ name: child.name(), description: child.description() })),
      options: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map(describe),
      argument: valueOfArgument(command.registeredArguments[0]),
    },
    ...below.flatMap((child) => nodesOf(child, `${place}/${child.name()}`)),
  ]
}
