import { isSamePolicy, type Change, type Conversations, type Difference } from '#policy/diff.ts'
import { legible } from '#core/legible.ts'
import type { Output } from '../output.ts'

/** Lines of one kind before the rest is only counted; --all shows them. */
const shownLines = 100
/** Names in one line; --all shows them too. */
const shownNames = 8

const names = (list: readonly string[], all: boolean): string =>
  list.length > shownNames && !all
    ? `${list.slice(0, shownNames).join(', ')} and ${list.length - shownNames} more`
    : list.join(', ')

const conversation = ({ from, to, service, ops, when, expires, conduit }: Conversations, all: boolean): string =>
  [
    `${names(from, all)} → ${names(to, all)}  ${service}`,
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
    ...shown.map((line) => `  ${legible(line)}`),
    ...(more > 0 ? [`  and ${more} more; --all shows them`] : []),
    '',
  ]
}

/** The difference for a person; `all`: every line, however many. What the author of a policy wrote steers no terminal. */
export const differenceText = (output: Output, difference: Difference, all: boolean): string => {
  if (isSamePolicy(difference)) return 'no difference'
  const { permitted, denied, modes, zones, assets, other } = difference
  return [
    ...section(
      output.paint('green', 'newly permitted'),
      permitted.map((each) => `+ ${conversation(each, all)}`),
      all,
    ),
    ...section(
      output.paint('red', 'newly denied'),
      denied.map((each) => `- ${conversation(each, all)}`),
      all,
    ),
    ...section(output.paint('yellow', 'modes'), modes.map(change), all),
    ...section('zones', zones.map(change), all),
    ...section('assets', assets.map(change), all),
    ...Object.entries(other).flatMap(([title, list]) => section(legible(title), list.map(change), all)),
  ]
    .join('\n')
    .trimEnd()
}
