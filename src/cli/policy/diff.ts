import { Argument, type Command } from 'commander'
import { exitCodes } from '#core/errors.ts'
import { diffPolicies, isSamePolicy, type Change, type Conversations, type Difference } from '#policy/diff.ts'
import { loadPolicy } from '#policy/load.ts'
import { examples, outputOf } from '../command.ts'
import type { Output } from '../output.ts'
import { exitCodesText } from './arguments.ts'

/** Lines of one kind before the rest is only counted; --all shows them. */
const shownLines = 100
/** Names in one line. */
const shownNames = 8

const names = (list: readonly string[]): string =>
  list.length > shownNames
    ? `${list.slice(0, shownNames).join(', ')} and ${list.length - shownNames} more`
    : list.join(', ')

const conversation = ({ from, to, service, ops, when, expires, conduit }: Conversations): string =>
  [
    `${names(from)} → ${names(to)}  ${service}`,
    ...(ops.length === 0 ? [] : [`: ${ops.join(', ')}`]),
    ...(when === undefined ? [] : [`, during ${when}`]),
    ...(expires === undefined ? [] : [`, until ${expires}`]),
    `  (conduit ${conduit})`,
  ].join('')

const signs = { added: '+', removed: '-', changed: '~' } as const
const change = ({ name, change: kind, fields }: Change): string =>
  `${signs[kind]} ${name}${fields.length === 0 ? '' : `: ${fields.join('; ')}`}`

const section = (title: string, lines: readonly string[], all: boolean): string[] => {
  if (lines.length === 0) return []
  const shown = all ? lines : lines.slice(0, shownLines)
  const more = lines.length - shown.length
  return [
    `${title} (${lines.length})`,
    ...shown.map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more; --all shows them`] : []),
    '',
  ]
}

/** The difference for a person; `all`: every line, however many. */
export const differenceText = (output: Output, difference: Difference, all: boolean): string => {
  if (isSamePolicy(difference)) return 'no difference'
  const { permitted, denied, modes, zones, assets, other } = difference
  return [
    ...section(
      output.paint('green', 'newly permitted'),
      permitted.map((each) => `+ ${conversation(each)}`),
      all,
    ),
    ...section(
      output.paint('red', 'newly denied'),
      denied.map((each) => `- ${conversation(each)}`),
      all,
    ),
    ...section(output.paint('yellow', 'modes'), modes.map(change), all),
    ...section('zones', zones.map(change), all),
    ...section('assets', assets.map(change), all),
    ...Object.entries(other).flatMap(([title, list]) => section(title, list.map(change), all)),
  ]
    .join('\n')
    .trimEnd()
}

export const registerDiff = (policy: Command): void => {
  const command = policy
    .command('diff')
    .description('say what changes between two policies: who may newly talk to whom, and who no longer may')
    .addArgument(new Argument('<before>', 'site policy (YAML) as it is'))
    .addArgument(new Argument('<after>', 'site policy as it would be'))
    .option('--all', 'show every line, however many')
    .option('--exit-code', 'exit with 1 when there is a difference')
    .action((before: string, after: string, options: { all?: boolean; exitCode?: boolean }, self: Command) => {
      const output = outputOf(self)
      const difference = diffPolicies(loadPolicy(before).site, loadPolicy(after).site)
      output.result({ same: isSamePolicy(difference), ...difference }, () =>
        differenceText(output, difference, options.all === true),
      )
      if (options.exitCode === true && !isSamePolicy(difference)) process.exitCode = exitCodes.failed
    })
  examples(
    command,
    ['bulkhead policy diff running.yaml site.yaml', 'what would change?'],
    ['bulkhead policy diff --exit-code running.yaml site.yaml', 'in a pipeline: fail on any change'],
  )
  exitCodesText(
    command,
    [0, 'done'],
    [1, 'with --exit-code: they differ'],
    [2, 'a file cannot be read'],
    [3, 'a policy has errors'],
  )
}
