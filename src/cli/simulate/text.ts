/** The result of a simulation for a person: the answer first, then what it rests on. */
import type {
  CommandResult,
  ContainedResult,
  ConversationResult,
  Near,
  Result,
  ZoneEstimate,
} from '#discover/simulate/index.ts'
import { lengthText } from '#discover/simulate/estimate.ts'
import { stays, type Stay } from '#discover/simulate/places.ts'
import { legible } from '#core/legible.ts'
import type { Column, Output } from '../output.ts'

/** Rows of long tables, unless all are asked for. */
const maxRows = 30

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
const essentialText = (count: number): string => (count === 0 ? 'none essential' : `${count} essential`)

/** `would newly deny 3 conversations of 41, none essential`. */
const answerText = (result: Result, compared: boolean): string => {
  const { summary } = result
  if (result.packets.judged === 0) return 'would see none of it: nothing was judged'
  const conversations = compared ? summary.newlyDenied : summary.denied
  const commands = compared ? summary.commandsNewlyDenied : summary.commandsDenied
  const verb = compared ? 'newly deny' : 'deny'
  const denied =
    conversations === 0 && commands === 0
      ? `would ${verb} nothing of ${plural(summary.conversations, 'conversation')} and ${plural(summary.commands, 'command')}`
      : [
          `would ${verb} ${plural(conversations, 'conversation')} of ${summary.conversations}`,
          ...(summary.commands === 0 ? [] : [`${plural(commands, 'command')} of ${summary.commands}`]),
          essentialText(summary.essential),
        ].join(', ')
  const { newlyPermitted, commandsNewlyPermitted, contained, unjudged } = summary
  return [
    denied,
    ...(newlyPermitted + commandsNewlyPermitted === 0
      ? []
      : [
          `would newly permit ${plural(newlyPermitted, 'conversation')} and ${plural(commandsNewlyPermitted, 'command')}`,
        ]),
    ...(contained === 0 ? [] : [`would contain ${plural(contained, 'source')}`]),
    ...(unjudged === 0 ? [] : [`${plural(unjudged, 'pair')} of ends not judged`]),
  ].join('; ')
}

const endText = (address: string, asset: string | undefined): string =>
  asset === undefined ? address : `${asset} (${address})`

const nearText = ({ conduit, essential, failed }: Near): string =>
  `${conduit}${essential ? ' (essential)' : ''}: ${failed.map(({ detail, line }) => `${detail}${line === undefined ? '' : ` (line ${line})`}`).join('; ')}`

const changeOf = ({ newlyDenied, newlyPermitted }: { newlyDenied: number; newlyPermitted: number }): string =>
  newlyDenied > 0 ? 'newly denied' : newlyPermitted > 0 ? 'newly permitted' : ''

const verdictStyles = { permitted: 'green', denied: 'red', partly: 'yellow' } as const

const conversationColumns = (compared: boolean): readonly Column<ConversationResult>[] => [
  { title: 'CLIENT', cell: ({ client, clientAsset }) => endText(client, clientAsset) },
  { title: 'SERVER', cell: ({ server, serverAsset }) => endText(server, serverAsset) },
  { title: 'SERVICE', cell: ({ service }) => service },
  {
    title: 'VERDICT',
    cell: ({ outcome }) => outcome.verdict,
    style: ({ outcome }) => verdictStyles[outcome.verdict],
  },
  ...(compared ? [{ title: 'CHANGE', cell: changeOf }] : []),
  {
    title: 'PACKETS',
    right: true,
    cell: ({ outcome: { denied }, packets: [there, back] }) =>
      denied === 0 ? there + back : `${denied} of ${there + back}`,
  },
  {
    title: 'WHY',
    cell: ({ essential, outcome: { because, reason, rule, nearest } }) =>
      [
        `${because} [${reason}]`,
        ...(rule === undefined || rule.kind === 'zone' ? [] : [`${rule.kind} ${rule.id}`]),
        ...(nearest === undefined ? [] : [`nearest: ${nearText(nearest)}`]),
        ...(essential && nearest?.essential !== true ? ['essential'] : []),
      ].join('; '),
  },
]

const valuesText = ({ values, deniedValues }: CommandResult): string => {
  const range = deniedValues ?? values
  if (range === undefined) return ''
  return ` = ${range[0] === range[1] ? range[0] : `${range[0]} … ${range[1]}`}`
}

const commandColumns = (compared: boolean): readonly Column<CommandResult>[] => [
  { title: 'CLIENT', cell: ({ client }) => client },
  { title: 'SERVER', cell: ({ server, service }) => `${server} ${service}` },
  { title: 'COMMAND', cell: ({ protocol, op }) => (op === '' ? protocol : op) },
  { title: 'OBJECT', cell: (row) => legible(`${row.object}${valuesText(row)}`) },
  { title: 'VERDICT', cell: ({ verdict }) => verdict, style: ({ verdict }) => verdictStyles[verdict] },
  ...(compared ? [{ title: 'CHANGE', cell: changeOf }] : []),
  {
    title: 'COUNT',
    right: true,
    cell: ({ count, outcome: { denied } }) => (denied === 0 ? count : `${denied} of ${count}`),
  },
  {
    title: 'WHY',
    cell: ({ essential, outcome: { reason, because, conduit } }) =>
      reason === undefined
        ? (conduit ?? '')
        : `${conduit === undefined ? '' : `${conduit}${essential ? ' (essential)' : ''}: `}${legible(because ?? '')} [${reason}]`,
  },
]

const containedColumns: readonly Column<ContainedResult>[] = [
  { title: 'CONTAINED', cell: ({ ip }) => ip, style: () => 'red' },
  { title: 'MAC', cell: ({ mac }) => mac },
  { title: 'PORT', cell: ({ port, vlan }) => `${port}${vlan === 0 ? '' : ` VLAN ${vlan}`}` },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'FOR', cell: ({ seconds }) => lengthText(seconds) },
  { title: 'BY PACKET', cell: ({ evidence }) => `${evidence.packet} at ${new Date(evidence.at).toISOString()}` },
  { title: 'TO', cell: ({ target }) => target },
  { title: 'STOPPED', right: true, cell: ({ stopped }) => stopped },
]

const zoneColumns = (perDay: boolean): readonly Column<ZoneEstimate>[] => [
  { title: 'ZONE', cell: ({ zone }) => zone },
  { title: 'CONVERSATIONS', right: true, cell: ({ conversations }) => conversations },
  { title: 'PACKETS', right: true, cell: ({ packets }) => packets },
  { title: 'COMMANDS', right: true, cell: ({ commands }) => commands },
  ...(perDay
    ? [
        { title: 'PACKETS A DAY', right: true, cell: (row: ZoneEstimate) => row.perDay?.packets ?? '' },
        { title: 'COMMANDS A DAY', right: true, cell: (row: ZoneEstimate) => row.perDay?.commands ?? '' },
      ]
    : []),
]

const skippedLines = ({ recordings, packets }: Result): readonly string[] => [
  ...recordings.flatMap(({ name, skipped }) =>
    skipped.map(({ why, at, bytes }) =>
      bytes === undefined ? `${legible(name)}: ${why}` : `${legible(name)}: ${plural(bytes, 'byte')} at ${at}: ${why}`,
    ),
  ),
  ...packets.skipped.map(({ why, packets: count }) => `${plural(count, 'packet')}: ${why}`),
]

const isStay = (text: string): text is Stay => Object.hasOwn(stays, text)

const packetsLine = ({ packets, recorded }: Result): string => {
  const away = Object.entries(packets.notCrossing).map(
    ([why, count]) => `${count} not crossing (${isStay(why) ? stays[why] : why})`,
  )
  return [
    `${plural(packets.read, 'packet')}: ${packets.judged} judged, ${packets.infrastructure} of them infrastructure that always passes`,
    ...away,
    recorded.text,
  ].join('; ')
}

export interface TextOptions {
  /** A running policy was compared with. */
  readonly compared: boolean
  /** Every row, also what is permitted. */
  readonly all: boolean
}

export const resultText = (output: Output, result: Result, { compared, all }: TextOptions): string => {
  const section = (title: string, body: string): string[] =>
    body === '' ? [] : [`${output.paint('bold', title)}\n${body}`]
  const table = <Row>(title: string, rows: readonly Row[], columns: readonly Column<Row>[]): string[] => {
    if (rows.length === 0) return []
    const shown = all ? rows : rows.slice(0, maxRows)
    const more = rows.length - shown.length
    return section(title, `${output.table(shown, columns)}${more > 0 ? `\n… ${more} more (--all)` : ''}`)
  }
  const isTold = ({ outcome, newlyDenied, newlyPermitted }: ConversationResult | CommandResult) =>
    all || outcome.denied > 0 || newlyDenied > 0 || newlyPermitted > 0
  const bullets = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join('\n')
  const { summary, zones } = result
  const bad =
    (compared ? summary.newlyDenied + summary.commandsNewlyDenied : summary.denied + summary.commandsDenied) > 0
  const answer = `${result.edge} ${answerText(result, compared)}`
  const isHit = zones.some(({ packets, commands }) => packets + commands > 0)
  return [
    output.paint(
      ['bold', summary.essential > 0 ? 'red' : bad || result.packets.judged === 0 ? 'yellow' : 'green'],
      answer,
    ),
    ...table('CONVERSATIONS', result.conversations.filter(isTold), conversationColumns(compared)),
    ...table('COMMANDS', result.commands.filter(isTold), commandColumns(compared)),
    ...table('CONTAINED SOURCES', result.contained, containedColumns),
    ...(isHit
      ? table(
          'DENIALS OF KNOWN ASSETS, BY ZONE',
          zones.filter(({ packets, commands }) => packets + commands > 0),
          zoneColumns(zones.some(({ perDay }) => perDay !== undefined)),
        )
      : []),
    ...section('WHAT THIS CANNOT SHOW', bullets(result.blind)),
    ...section('NOT READ', bullets(skippedLines(result))),
    packetsLine(result),
  ].join('\n\n')
}
