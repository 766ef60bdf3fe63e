/** What a simulation permits of that which a proposal must never permit by itself. */
import type { Command, Conversation, Sign } from '../model.ts'
import type { CommandResult, Result } from '../simulate/index.ts'
import type { Learned } from './learning.ts'

/** Commands of risk `control` that set clocks and reporting; all others change the operating mode or the process. */
const harmless = [
  'assign-class',
  'clock-synchronization',
  'delay-acquisition',
  'disable-unsolicited',
  'enable-unsolicited',
  'network-number-is',
  'record-current-time',
  'register-foreign-device',
  'register-server',
  'register-server2',
  'set-clock',
  'time-synchronization',
  'utc-time-synchronization',
  'write-time',
]
/** What is encrypted has one name whatever it is. */
const veiled = ['opaque', 'plus-opaque']

const textOf = ({ client, server, protocol, op, object, outcome, count }: CommandResult) =>
  `${client} to ${server}: ${protocol} ${op} ${object}, ${outcome.permitted} of ${count}`

/** Polls that only their vendor could name are permitted for the plant's sake, where the proposal says that somebody has to ask. */
const isAskedFor = ({ proposal }: Learned, { outcome, op }: CommandResult): boolean =>
  proposal.conduits.some(
    ({ conduit, comment }) =>
      conduit.id === outcome.conduit &&
      comment.some((line) => line.startsWith(`TODO: ask the vendor what ${op} does here`)),
  )

const isEngineering = ({ risk, op }: CommandResult): boolean =>
  risk === 'program' || risk === 'file' ? !veiled.includes(op) : risk === 'control' && !harmless.includes(op)

const partsOf = ({ spans, texts }: Command): readonly string[] => [
  ...Object.entries(spans).flatMap(([name, ranges]) =>
    ranges.map(([low, high]) => `${name} ${low === high ? low : `${low}-${high}`}`),
  ),
  ...Object.entries(texts).flatMap(([name, list]) => list.map((text) => `${name} ${text}`)),
]

/** Whether an object in words says nothing but these: of a denied connection its beginning may not be known. */
const isOf = (object: string, parts: readonly string[]): boolean =>
  parts.reduce((rest, part) => ` ${rest} `.replace(` ${part} `, ' '), object).trim() === ''

/** The rows of a result that a command of a conversation is in; where its objects are written otherwise, all of its op. */
const rowsOf = ({ commands }: Result, { client, server, protocol }: Conversation, command: Command) => {
  const same = commands.filter(
    (row) =>
      row.client === client &&
      row.server === server &&
      row.protocol === protocol &&
      row.op === command.op &&
      row.from === command.from,
  )
  const parts = partsOf(command)
  const exact = same.filter(({ object }) => isOf(object, parts))
  return exact.length > 0 ? exact : same
}

/** Those that are permitted all the same; of a sign about some of the values written, all of them unless one of them denies these. */
const permittedOf = (rows: readonly CommandResult[], values: Sign['values']): readonly CommandResult[] => {
  if (values === undefined) return rows.filter(({ outcome }) => outcome.permitted > 0)
  const isDenied = rows.some(({ deniedValues }) =>
    values.every(([low, high]) => deniedValues !== undefined && low >= deniedValues[0] && high <= deniedValues[1]),
  )
  return isDenied ? [] : rows
}

const portOf = (service: string): number => Number(/^(?:tcp|udp)\/(\d+)/.exec(service)?.[1] ?? Number.NaN)

/** @returns sentences; none of a proposal that holds */
export const permittedAttacks = (learned: Learned, result: Result): readonly string[] => {
  const { conversations } = learned.observed
  const engineering = result.commands.filter(
    (row) => row.outcome.permitted > 0 && isEngineering(row) && !isAskedFor(learned, row),
  )
  const single = learned.signs.flatMap(({ kind, commands, values }) =>
    conversations.flatMap((conversation) =>
      conversation.commands
        .filter(({ id }) => commands.includes(id))
        .flatMap((command) => {
          const rows = rowsOf(result, conversation, command)
          if (rows.length === 0) return [`${kind}: ${command.op} was not judged`]
          return permittedOf(rows, values).map((row) => `${kind}: ${textOf(row)}`)
        }),
    ),
  )
  const whole = learned.signs.flatMap(({ kind, conversations: named }) =>
    conversations
      .filter(({ id, cast }) => cast === 'unicast' && named.includes(id))
      .flatMap(({ client, server, port }) =>
        result.conversations
          .filter(
            (row) =>
              row.client === client &&
              row.server === server &&
              (port === undefined || Number.isNaN(portOf(row.service)) || portOf(row.service) === port) &&
              row.outcome.permitted > 0,
          )
          .map(({ service, outcome }) => `${kind}: ${outcome.permitted} packets of ${client} to ${server}, ${service}`),
      ),
  )
  return [...engineering.map(textOf), ...single, ...whole]
}
