/** The figures of a capture for a person at a terminal. */
import type { Output } from '../output.ts'
import type { Summary } from './reading.ts'

/** Rows of long tables, unless all are asked for. */
const maxRows = 40

const reasonsText = (denied: Readonly<Record<string, number>>): string =>
  Object.entries(denied)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ')

const packetsText = (count: number): string => `${count} ${count === 1 ? 'packet' : 'packets'}`

const skippedText = ({ skipped }: Summary): readonly string[] =>
  skipped.map(({ why, packets, at, bytes }) =>
    packets !== undefined
      ? `${packetsText(packets)}: ${why}`
      : bytes === undefined
        ? `${why}; what could be read of it was`
        : `${bytes} bytes at ${at}: ${why}`,
  )

const section = (output: Output, title: string, lines: readonly string[], all: boolean): readonly string[] => {
  if (lines.length === 0) return []
  const shown = all ? lines : lines.slice(0, maxRows)
  const more = lines.length - shown.length
  return [
    '',
    output.paint('bold', title),
    ...shown.map((line) => `  ${line}`),
    ...(more > 0 ? [`  … ${more} more (--all)`] : []),
  ]
}

export const summaryText = (
  output: Output,
  summary: Summary,
  { judged, all }: { readonly judged: boolean; readonly all: boolean },
): string => {
  const { conversations, conduits, packets, messages, permitted, denied, others, notices } = summary
  const shown = all ? conversations : conversations.slice(0, maxRows)
  const said = judged ? 'DENIED' : 'NOTED'
  return [
    output.paint('bold', 'CONVERSATIONS'),
    output.table(
      shown,
      [
        { title: 'CLIENT', cell: ({ client }) => client },
        { title: 'SERVER', cell: ({ server }) => server },
        {
          title: 'PROTOCOL',
          cell: ({ protocol, elsewhere }) => (elsewhere ? `${protocol}, by its structure` : protocol),
        },
        { title: 'MESSAGES', cell: (row) => row.messages, right: true },
        ...(judged ? [{ title: 'PERMITTED', cell: (row: (typeof shown)[number]) => row.permitted, right: true }] : []),
        { title: said, cell: (row) => reasonsText(row.denied) },
      ],
      'none whose commands can be read',
    ),
    ...(shown.length < conversations.length ? [`… ${conversations.length - shown.length} more (--all)`] : []),
    '',
    output.paint('bold', judged ? 'CONDUITS' : 'PROTOCOLS'),
    output.table(conduits, [
      { title: judged ? 'CONDUIT' : 'PROTOCOL', cell: ({ conduit }) => conduit || '(none any more)' },
      { title: 'MESSAGES', cell: (row) => row.messages, right: true },
      ...(judged ? [{ title: 'PERMITTED', cell: (row: (typeof conduits)[number]) => row.permitted, right: true }] : []),
      { title: 'UNSYNCHRONISED', cell: ({ unsynchronised }) => unsynchronised, right: true },
      { title: said, cell: (row) => reasonsText(row.denied) },
    ]),
    ...section(output, 'NOT READ', skippedText(summary), all),
    ...section(output, 'NOTICES', notices, all),
    '',
    `${packetsText(packets)}, ${messages} ${messages === 1 ? 'message' : 'messages'}${judged ? `: ${permitted} permitted, ${denied} denied` : ''}; ` +
      `${packetsText(others.conversations)} of conversations without commands to judge, ${others.notTransport} neither TCP nor UDP`,
  ].join('\n')
}
