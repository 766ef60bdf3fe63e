/** Protocols for a person at a terminal. */
import type { Output } from '../output.ts'
import type { FlowFacts, ProtocolFacts } from './facts.ts'

const refusalText = ({ refusal }: ProtocolFacts): string =>
  refusal === 'native' ? 'in its own words' : 'none of its own'

export const overviewText = (output: Output, protocols: readonly ProtocolFacts[]): string =>
  [
    output.table(protocols, [
      { title: 'PROTOCOL', cell: ({ name }) => name },
      { title: 'TITLE', cell: ({ title }) => title },
      { title: 'PORTS', cell: ({ ports }) => ports.join(', ') },
      { title: 'COMMANDS', cell: ({ commands }) => commands.length, right: true },
      { title: 'REFUSAL', cell: refusalText },
      { title: 'NEUTRALISABLE', cell: ({ neutralisable }) => (neutralisable ? 'yes' : 'no') },
    ]),
    '',
    output.paint('bold', 'WHAT CANNOT BE SEEN'),
    ...protocols.map(({ name, blind }) => `  ${name}: ${blind}`),
  ].join('\n')

const flows = (output: Output, title: string, list: readonly FlowFacts[]): readonly string[] =>
  list.length === 0
    ? []
    : [
        '',
        output.paint('bold', title),
        output.table(list, [
          { title: 'ID', cell: ({ id }) => id },
          { title: 'FLOW', cell: ({ flow }) => flow },
          { title: 'SUMMARY', cell: ({ summary }) => summary },
        ]),
      ]

export const protocolText = (output: Output, protocol: ProtocolFacts): string =>
  [
    output.paint('bold', `${protocol.title} (${protocol.name}), ${protocol.ports.join(', ')}`),
    `Source: ${protocol.source}`,
    `A denied command is refused: ${refusalText(protocol)}; can be neutralised: ${protocol.neutralisable ? 'yes' : 'no'}`,
    protocol.blind,
    '',
    output.table(protocol.commands, [
      { title: 'COMMAND', cell: ({ name }) => name },
      { title: 'CODE', cell: ({ code }) => code },
      { title: 'RISK', cell: ({ risk }) => risk },
      { title: 'FROM', cell: ({ from }) => from },
      { title: 'CONSTRAINTS', cell: ({ constraints }) => constraints.join(', ') },
      { title: 'SUMMARY', cell: ({ summary }) => summary },
    ]),
    '',
    output.table(
      protocol.constraints,
      [
        { title: 'CONSTRAINT', cell: ({ name }) => name },
        { title: 'ONE', cell: ({ one }) => one },
        { title: 'TAKES', cell: ({ takes }) => takes },
        {
          title: 'SUMMARY',
          cell: ({ summary, connection }) => `${summary}${connection ? ' (of the connection)' : ''}`,
        },
      ],
      'no constraints',
    ),
    ...flows(output, 'FLOWS THAT BELONG TO IT', protocol.companions),
    ...flows(output, 'BROADCAST SERVICES', protocol.broadcast),
  ].join('\n')
