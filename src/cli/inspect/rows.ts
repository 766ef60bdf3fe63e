/** One command of a capture, as data and as a line of a table. */
import type { Message, ParsedCommand } from '#core/message.ts'
import type { Op, Risk } from '#core/protocol.ts'
import { other, type Flow } from '#inspect/flow.ts'
import type { Denial } from '#inspect/judge.ts'
import type { Output, Style } from '../output.ts'

export type Verdict = 'permitted' | 'denied' | 'seen' | 'noted'

export interface Row {
  /** ISO 8601, in UTC. */
  readonly time: string
  /** Number of the packet that completed it, counted from 1. */
  readonly packet: number
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly role: Message['role']
  readonly op?: string
  /** What the command may do, by the words of policies. */
  readonly risk?: Risk
  /** Numbers, or ranges of them as text, and names: a list where the command has several. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly values?: readonly number[]
  readonly verdict: Verdict
  readonly reason?: string
  readonly detail?: string
  readonly conduit?: string
}

const fieldsOf = (command: ParsedCommand): Record<string, unknown> => {
  const all: Record<string, unknown[]> = {}
  for (let index = 0; index < command.spans; index++) {
    const [low = 0, high = 0] = [command.lows[index], command.highs[index]]
    ;(all[command.spanNames[index] ?? ''] ??= []).push(low === high ? low : `${low}-${high}`)
  }
  for (let index = 0; index < command.texts; index++)
    (all[command.textNames[index] ?? ''] ??= []).push(command.textValues[index] ?? '')
  return Object.fromEntries(Object.entries(all).map(([name, list]) => [name, list.length === 1 ? list[0] : list]))
}

const endpoint = ({ names, ports, family }: Flow, side: 0 | 1): string =>
  family === 4 ? `${names[side]}:${ports[side]}` : `[${names[side]}]:${ports[side]}`

export interface Seen {
  readonly now: number
  readonly packet: number
  /** A policy judges; else it is a viewer. */
  readonly judged: boolean
}

const riskOf = (op: Op | undefined): Pick<Row, 'risk'> => (op === undefined ? {} : { risk: op.risk })

/** The rows of one message: one for each command, or one for a message without any. */
export const rowsOf = (
  flow: Flow,
  side: 0 | 1,
  message: Message,
  denial: Denial | undefined,
  { now, packet, judged }: Seen,
): readonly Row[] => {
  const common = {
    time: new Date(now).toISOString(),
    packet,
    from: endpoint(flow, side),
    to: endpoint(flow, other(side)),
    protocol: flow.terms.codec.vocabulary.name,
    role: message.role,
  }
  const [passed, stopped] = judged ? (['permitted', 'denied'] as const) : (['seen', 'noted'] as const)
  const verdict =
    denial === undefined
      ? { verdict: passed }
      : {
          verdict: stopped,
          reason: denial.reason,
          detail: denial.detail,
          ...(judged ? { conduit: denial.conduit } : {}),
        }
  const { ops } = flow.terms.codec.vocabulary
  const commands = message.commands.slice(0, message.count)
  if (commands.length === 0) return [{ ...common, fields: {}, ...verdict }]
  return commands.map((command) => ({
    ...common,
    op: command.op,
    ...riskOf(ops[command.op]),
    fields: fieldsOf(command),
    ...(command.valueCount === 0 ? {} : { values: Array.from(command.values.subarray(0, command.valueCount)) }),
    ...verdict,
  }))
}

/** Values shown on a line of the table; of more, how many there are. */
const maxShown = 6

const objectText = ({ fields }: Row): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(' ')

const valuesText = ({ values = [] }: Row): string =>
  values.length === 0
    ? ''
    : ` = ${values.slice(0, maxShown).join(' ')}${values.length > maxShown ? ` … (${values.length})` : ''}`

const styles: Readonly<Record<Verdict, Style>> = { permitted: 'green', denied: 'red', seen: 'dim', noted: 'yellow' }

const columns = [12, 21, 21, 9, 24, 42] as const
const lineOf = (cells: readonly string[], last: string): string =>
  `${cells.map((cell, index) => cell.padEnd(columns[index] ?? 0)).join('  ')}  ${last}`

/** Where nothing is judged, what a command may do stands in the place of the verdict. */
export const rowTitles = (output: Output, judged: boolean): string =>
  output.paint(
    'bold',
    lineOf(['TIME', 'FROM', 'TO', judged ? 'VERDICT' : 'RISK', 'COMMAND', 'OBJECT AND VALUES'], 'REASON'),
  )

const wordOf = ({ verdict, risk }: Row): readonly [word: string, style: Style] =>
  verdict !== 'seen' || risk === undefined
    ? [verdict, styles[verdict]]
    : [risk, risk === 'program' || risk === 'control' ? 'yellow' : 'dim']

export const rowText = (output: Output, row: Row): string => {
  const { time, from, to, op, role, reason, detail, conduit } = row
  const [word, style] = wordOf(row)
  // Some details name the conduit themselves.
  const isNamed = conduit === undefined || detail?.includes(`conduit ${conduit} `) === true
  const why = reason === undefined ? '' : `${isNamed ? '' : `${conduit}: `}${detail || reason} [${reason}]`
  const what = role === 'response' ? `answer ${op ?? ''}` : (op ?? (role === 'part' ? 'part of a message' : ''))
  const line = lineOf([time.slice(11, 23), from, to, word, what, `${objectText(row)}${valuesText(row)}`], why).trimEnd()
  return line.replace(` ${word} `, ` ${output.paint(style, word)} `)
}
