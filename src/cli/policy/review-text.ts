import type { Review, SimulatedFlow } from '#schema/manager-review.ts'
import { legible } from '#core/legible.ts'
import { count, plural, type Output } from '../output.ts'
import { differenceText } from './diff-text.ts'

/** Rows of a long table, unless all are asked for. */
const shownRows = 30

const flowTable = (
  output: Output,
  title: string,
  flows: readonly SimulatedFlow[],
  total: number,
  all: boolean,
): string[] => {
  if (total === 0) return []
  const shown = all ? flows : flows.slice(0, shownRows)
  return [
    output.paint('bold', `${title} (${count(total)})`),
    output.table(shown, [
      { title: 'EDGE', cell: ({ edge }) => edge },
      { title: 'FROM', cell: ({ source }) => source },
      { title: 'TO', cell: ({ destination }) => destination },
      { title: 'SERVICE', cell: ({ service }) => service },
      { title: 'PACKETS', right: true, cell: ({ packets }) => count(packets) },
      { title: 'LAST', cell: ({ last }) => last.slice(0, 16) },
      { title: 'BECAUSE', cell: ({ reason }) => reason },
    ]),
    ...(total > shown.length ? [`… ${count(total - shown.length)} more`] : []),
    '',
  ]
}

const simulationText = (output: Output, simulation: Review['simulation'], all: boolean): string[] => {
  if (simulation === null) return []
  const { flows, left, from, to, counts, newlyDenied, newlyPermitted, expected } = simulation
  const head = output.paint('bold', 'RECORDED TRAFFIC')
  if (flows === 0)
    return [`${head}\nNothing is recorded for this site, so nothing can be said about what is spoken there.\n`]
  const rates = Object.entries(expected)
  return [
    head,
    `${plural(flows, 'flow')} from ${from?.slice(0, 16) ?? ''} to ${to?.slice(0, 16) ?? ''}` +
      (left > 0 ? `, and ${count(left)} rarer ones that were not judged` : '') +
      (counts.notJudged > 0 ? `; ${plural(counts.notJudged, 'flow')} of them cross no edge of this policy` : ''),
    `newly denied ${count(counts.newlyDenied)}, newly permitted ${count(counts.newlyPermitted)}, denied in all ${count(counts.denied)}`,
    ...(rates.length > 0
      ? [
          `expected denials: ${rates.map(([edge, rate]) => `${edge} ${count(Math.round(rate))} packets an hour`).join(', ')}`,
        ]
      : []),
    '',
    ...flowTable(output, output.paint('red', 'WOULD NEWLY BE DENIED'), newlyDenied, counts.newlyDenied, all),
    ...flowTable(output, output.paint('green', 'WOULD NEWLY BE PERMITTED'), newlyPermitted, counts.newlyPermitted, all),
  ]
}

const shadowText = (output: Output, shadow: Review['shadow']): string[] =>
  shadow.length === 0
    ? []
    : [
        output.paint('bold', 'COUNTED IN SHADOW'),
        output.table(shadow, [
          { title: 'ZONE OR CONDUIT', cell: ({ zone }) => legible(zone) || '-' },
          { title: 'MODE TO BE', cell: ({ mode }) => mode || '-' },
          { title: 'PACKETS', right: true, cell: ({ packets }) => count(packets) },
          { title: 'COMMANDS', right: true, cell: ({ commands }) => count(commands) },
          { title: 'FLOWS', right: true, cell: ({ flows }) => count(flows) },
          { title: 'LAST', cell: ({ last }) => last?.slice(0, 16) ?? '-' },
        ]),
        '',
      ]

const edgesText = (edges: Review['edges']): string[] => {
  const of = (state: string) => edges.filter((edge) => edge.state === state).map(({ edge }) => edge)
  const line = (title: string, list: readonly string[]) => (list.length === 0 ? [] : [`${title}: ${list.join(', ')}`])
  return [
    ...line('edges that are connected', of('connected')),
    ...line('edges that are away, and get it when they are back', of('away')),
    ...line('edges that the manager does not know', of('unknown')),
    ...line('edges that the policy does not name', of('left-out')),
    '',
  ]
}

export const reviewText = (output: Output, review: Review, all: boolean): string => {
  const { draft, problems, blockers, approvals, difference, tests } = review
  const votes = draft.votes.map(
    ({ person, approves, reason }) =>
      `  ${approves ? output.paint('green', 'approved') : output.paint('red', 'refused')} by ${legible(person.name)}${reason === null ? '' : `: ${legible(reason)}`}`,
  )
  return [
    output.paint('bold', legible(draft.title)),
    `draft ${draft.id} of ${draft.site}, revision ${draft.revision}, by ${draft.authors.map(({ name }) => legible(name)).join(', ')}; follows ${draft.base === 0 ? 'no policy' : `revision ${draft.base}`}`,
    '',
    ...problems.map(
      ({ line, column, severity, message, code }) =>
        `line ${line}:${column}: ${output.paint(severity === 'error' ? 'red' : 'yellow', severity)}: ${legible(message)} [${code}]`,
    ),
    ...(problems.length > 0 ? [''] : []),
    ...(difference === null
      ? []
      : [
          output.paint('bold', draft.base === 0 ? 'WHAT IT IS' : `WHAT CHANGES FROM REVISION ${draft.base}`),
          differenceText(output, difference, all),
          ...(difference.left > 0 ? [`… ${count(difference.left)} more, in the document alone`] : []),
          '',
        ]),
    ...(tests === null
      ? []
      : [
          output.paint('bold', 'TESTS'),
          ...tests.failures.flatMap((failure) => failure.split('\n').map(legible)),
          `${tests.passed} of ${tests.passed + tests.failures.length} pass`,
          '',
        ]),
    ...simulationText(output, review.simulation, all),
    ...shadowText(output, review.shadow),
    ...edgesText(review.edges),
    `approvals: ${approvals.given} of ${approvals.needed}${approvals.because.length === 0 ? '' : ` (${legible(approvals.because.join('; '))})`}`,
    ...votes,
    ...(blockers.length === 0
      ? [output.paint('green', `It can be published: bulkhead policy publish ${draft.id} --seen ${draft.revision}`)]
      : [output.paint('yellow', 'It cannot be published yet:'), ...blockers.map((each) => `  ${legible(each)}`)]),
  ].join('\n')
}
