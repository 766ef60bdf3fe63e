import { Argument, type Command } from 'commander'

/** The policy file that every command here takes. */
export const policyFile = (): Argument =>
  new Argument('[file]', 'site policy (YAML); - is standard input').default('site.yaml')

/** What scripts may conclude, under the examples of a command. */
export const exitCodesText = (
  command: Command,
  ...lines: readonly (readonly [code: number, meaning: string])[]
): Command =>
  command.addHelpText('after', `\nExit codes:\n${lines.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`)
