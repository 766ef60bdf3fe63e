/** A proposal in words: what is permitted, what is for decision, what was left out and why, and what to do next. */
import type { AgainstProposal } from '#discover/propose/against/against.ts'
import type { Excluded, Proposal } from '#discover/propose/proposal.ts'
import type { Sign } from '#discover/model.ts'
import type { Output } from '../output.ts'

/** Rows of one list that a person reads; all of them are in --json and in the policy. */
const shown = 12

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

const list = (lines: readonly string[]): readonly string[] => [
  ...lines.slice(0, shown).map((line) => `  ${line}`),
  ...(lines.length > shown ? [`  … and ${lines.length - shown} more`] : []),
]

const titles: Readonly<Record<Excluded['why'], string>> = {
  sign: 'Excluded, since it looks like an attack',
  denied: 'Denied by the policy already',
  safety: 'Excluded, since safety systems are only read',
  unanswered: 'Left out: nobody took it up',
  'not-expressible': 'Left out: no policy can say it',
  'unknown-device': 'Left out: one end is unknown',
}

const excludedText = (output: Output, excluded: readonly Excluded[]): readonly string[] =>
  Object.entries(titles).flatMap(([why, title]) => {
    const of = excluded.filter((each) => each.why === why)
    return of.length === 0
      ? []
      : [
          '',
          output.paint(why === 'sign' ? 'red' : 'bold', `${title} (${of.length})`),
          ...list(
            of.map(({ text, sign, techniques = [] }) =>
              sign === undefined ? text : `${sign} ${techniques.join(' ')}: ${text}`,
            ),
          ),
        ]
  })

const section = (output: Output, title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', output.paint('bold', title), ...list(lines)]

const changesOf = (
  output: Output,
  { widened, unused, unheard, leftOut, onlyExcluded }: AgainstProposal,
): readonly string[] => [
  ...section(
    output,
    'Conduits that allow more',
    widened.flatMap(({ conduit, changes }) => changes.map((change) => `${conduit}: ${change}`)),
  ),
  ...section(
    output,
    'Conduits that were used only in what was left out (they stay)',
    leftOut.map(({ conduit, why }) => `${conduit}: ${why}`),
  ),
  ...section(output, 'Assets that were heard only in what was left out (they stay)', onlyExcluded),
  ...section(output, 'Conduits that nothing was seen of (they stay)', unused),
  ...section(output, 'Assets that were not heard (they stay)', unheard),
]

export const isAgainst = (proposal: Proposal | AgainstProposal): proposal is AgainstProposal => 'diff' in proposal

export const summaryText = (
  output: Output,
  proposal: Proposal | AgainstProposal,
  signs: readonly Sign[],
  next: readonly string[],
): string => {
  const { conduits, decisions, excluded, aside, remarks, site } = proposal
  const against = isAgainst(proposal)
  return [
    output.paint(
      'bold',
      `${counted(conduits.length, against ? 'new conduit' : 'conduit')}, ${counted(Object.keys(site.assets).length, 'asset')} in ${counted(Object.keys(site.zones).length, 'zone')}, ${counted(site.tests.length, 'test')}`,
    ),
    ...remarks,
    ...(aside.length === 0
      ? []
      : [
          `${counted(aside.length, 'conversation')} on one side of the edge, which does not see them: no conduit needed. Recorded where the edge will stand, they cross it: then correct kind and level, or say --port.`,
        ]),
    ...(signs.length === 0 ? ['Nothing looks like an attack.'] : []),
    ...(against ? changesOf(output, proposal) : []),
    ...section(
      output,
      'For decision: engineering, in comments until somebody permits it',
      decisions.map(({ conduit: { from, to, service, allow = [] } }) => {
        const ops = allow.map((entry) => (typeof entry === 'string' ? entry : entry.op))
        return `${from} to ${to}, ${service}: ${[...new Set(ops)].join(', ')}`
      }),
    ),
    ...excludedText(output, excluded),
    ...(next.length === 0 ? [] : ['', output.paint('bold', 'Next'), ...next.map((line) => `  ${line}`)]),
  ].join('\n')
}
