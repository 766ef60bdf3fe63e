/** The reference of protocols in docs/protocols.md: what stands between its two marks is written here. */
import { etherTypes, layer2Broadcast } from '#protocols/layer2.ts'
import { broadcastFacts, type FlowFacts, type ProtocolFacts } from './facts.ts'

const begin = '<!-- begin: written by `bulkhead protocols --markdown docs/protocols.md` -->'
const end = '<!-- end -->'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``)
const codes = (words: readonly string[]): string => words.map(code).join(' ')

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const flows = (title: string, list: readonly FlowFacts[]): readonly string[] =>
  list.length === 0
    ? []
    : [
        `${title}:`,
        table(
          ['id', 'flow', 'what it is'],
          list.map(({ id, flow, summary }) => [code(id), flow, cell(summary)]),
        ),
      ]

const overview = (protocols: readonly ProtocolFacts[]): string =>
  table(
    ['protocol', 'ports', 'commands', 'refused', 'neutralisable', 'what cannot be seen'],
    protocols.map(({ name, title, ports, commands, refusal, neutralisable, blind }) => [
      `[${title}](#${name}) \`${name}\``,
      ports.join(', '),
      String(commands.length),
      refusal === 'native' ? 'in its own words' : 'no',
      neutralisable ? 'yes' : 'no',
      cell(blind),
    ]),
  )

const section = (protocol: ProtocolFacts): readonly string[] => [
  `## ${protocol.name}`,
  `${protocol.title}. Names and codes: ${protocol.source}.`,
  table(
    ['command', 'code', 'risk', 'from', 'constraints', 'what it does'],
    protocol.commands.map(({ name, code: number, risk, from, constraints, summary }) => [
      code(name),
      cell(number),
      risk,
      from,
      codes(constraints),
      cell(summary),
    ]),
  ),
  table(
    ['constraint', 'one', 'takes', 'what it narrows'],
    protocol.constraints.map(({ name, one, takes, summary, connection }) => [
      code(name),
      code(one),
      cell(takes),
      `${cell(summary)}${connection ? '; known when the beginning of the connection was seen' : ''}`,
    ]),
  ),
  ...flows('Flows that belong to it', protocol.companions),
  ...flows('Services that policy may allow under `broadcast:`', protocol.broadcast),
]

const below = (): readonly string[] => [
  '## Below IP',
  'Services that are an EtherType and nothing else: policy names them, no inspector looks inside.',
  table(
    ['service', 'EtherType'],
    Object.entries(etherTypes).map(([name, number]) => [code(name), `0x${number.toString(16).padStart(4, '0')}`]),
  ),
  ...flows('Services that policy may allow under `broadcast:`', layer2Broadcast.map(broadcastFacts)),
]

/** The part between the marks, marks included. */
export const referenceOf = (protocols: readonly ProtocolFacts[]): string =>
  [begin, overview(protocols), ...protocols.flatMap(section), ...below(), end].join('\n\n')

/**
 * A document with its part between the marks replaced.
 * @returns undefined when the document has no such marks
 */
export const withReference = (document: string, reference: string): string | undefined => {
  const from = document.indexOf(begin)
  const to = document.indexOf(end, from)
  return from < 0 || to < 0 ? undefined : document.slice(0, from) + reference + document.slice(to + end.length)
}
