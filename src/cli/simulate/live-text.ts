/** What a running edge has found in shadow, for a person: the answer first. */
import type { Output } from '../output.ts'
import type { LiveResult } from './live.ts'

/** Rows of a long table, unless all are asked for. */
const shownFindings = 30

const number = new Intl.NumberFormat('en')
const plural = (count: number, one: string): string => `${number.format(count)} ${one}${count === 1 ? '' : 's'}`

export const liveText = (output: Output, result: LiveResult, all: boolean): string => {
  const { summary, zones, conduits, findings, blind } = result
  const isNothing = summary.packets + summary.commands === 0
  const essential = summary.essential === 0 ? 'none essential' : `${number.format(summary.essential)} essential`
  const answer = isNothing
    ? `${result.edge} would have denied nothing since ${result.since}`
    : `${result.edge} would have denied ${plural(summary.packets, 'packet')} and ${plural(summary.commands, 'command')} since ${result.since}, ${essential}` +
      (summary.contained === 0 ? '' : `; would have contained ${plural(summary.contained, 'source')}`)
  const shown = all ? findings : findings.slice(0, shownFindings)
  const more = findings.length - shown.length
  const section = (title: string, body: string) => `${output.paint('bold', title)}\n${body}`
  return [
    output.paint(['bold', summary.essential > 0 ? 'red' : isNothing ? 'green' : 'yellow'], answer),
    section(
      'ZONES THAT DO NOT ENFORCE',
      output.table(zones, [
        { title: 'ZONE', cell: ({ name }) => name },
        { title: 'MODE', cell: ({ mode }) => mode },
        { title: 'PACKETS', right: true, cell: ({ packets }) => number.format(packets) },
        { title: 'A DAY', right: true, cell: ({ perDay }) => (perDay === undefined ? '-' : number.format(perDay)) },
      ]),
    ),
    ...(conduits.length === 0
      ? []
      : [
          section(
            'CONDUITS WHOSE COMMANDS ARE WATCHED',
            output.table(conduits, [
              { title: 'CONDUIT', cell: ({ id, essential: isEssential }) => `${id}${isEssential ? ' *' : ''}` },
              { title: 'MESSAGES', right: true, cell: ({ messages }) => number.format(messages) },
              { title: 'WOULD REFUSE', right: true, cell: ({ wouldDeny }) => number.format(wouldDeny) },
            ]),
          ),
        ]),
    ...(shown.length === 0
      ? []
      : [
          section(
            'WHAT WOULD BE DENIED',
            output.table(shown, [
              { title: 'KIND', cell: ({ kind }) => kind },
              { title: 'FROM', cell: ({ source }) => source },
              { title: 'TO', cell: ({ destination }) => destination },
              { title: 'WHAT', cell: ({ what }) => what },
              { title: 'COUNT', right: true, cell: ({ count }) => number.format(count) },
              { title: 'LAST', cell: ({ last }) => last },
              { title: 'ZONE OR CONDUIT', cell: ({ zone, conduit }) => conduit ?? zone ?? '-' },
            ]) + (more > 0 ? `\n… ${more} more (--all)` : ''),
          ),
        ]),
    ...(blind.length === 0 ? [] : [section('WHAT THIS CANNOT SHOW', blind.map((line) => `  ${line}`).join('\n'))]),
  ].join('\n\n')
}
