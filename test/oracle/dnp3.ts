/** DNP3 against tshark's `dnp3`: functions, link services, objects with their points, values with their points, file names. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { dnp3 as vocabulary } from '#protocols/dnp3/ops.ts'
import { spansOf, textOf } from './command.ts'
import { Fields } from './fields.ts'
import type { Oracle, Row } from './oracle.ts'

/** Where tshark puts the quality and the values of a group's points. */
const flagFields: Readonly<Record<number, string>> = {
  1: 'biq',
  2: 'biq',
  3: 'biq',
  4: 'biq',
  10: 'boq',
  11: 'boq',
  20: 'ctrq',
  21: 'ctrq',
  22: 'ctrq',
  23: 'ctrq',
  30: 'aiq',
  31: 'aiq',
  32: 'aiq',
  33: 'aiq',
  40: 'aoq',
  42: 'aoq',
}
const packed: ReadonlySet<string> = new Set(['g1v1', 'g3v1', 'g10v1', 'g80v1'])
/** Variations of values without flags. */
const bare: ReadonlySet<string> = new Set(
  [20, 21].flatMap((group) => (group === 20 ? [5, 6, 7, 8] : [9, 10, 11, 12]).map((each) => `g${group}v${each}`)),
)
  .add('g30v3')
  .add('g30v4')

const numeric = (kind: string): readonly string[] => ['int', 'float', 'double'].map((type) => `dnp3.al.${kind}.${type}`)

/** Which of integer, float and double a variation is. */
const typeOf = (group: number, variation: number): number => {
  if ([40, 41].includes(group)) return Math.max(0, variation - 2)
  if (group === 30) return variation === 5 ? 1 : variation === 6 ? 2 : 0
  return variation <= 4 ? 0 : variation % 2 === 1 ? 1 : 2
}

interface Header {
  readonly group: number
  readonly variation: number
  /** Undefined: the header names none. */
  readonly points: readonly number[] | undefined
}

const span = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)

const headerOf = (fields: Fields, object: number): Header => {
  const prefix = fields.number('dnp3.al.objq.prefix')
  const range = fields.number('dnp3.al.objq.range')
  const header = { group: object >> 8, variation: object & 0xff }
  if (range <= 2) {
    const first = fields.number('dnp3.al.range.start')
    return { ...header, points: span(first, fields.number('dnp3.al.range.stop')) }
  }
  if (range < 7 || range === 15) return { ...header, points: undefined }
  const count = fields.number('dnp3.al.range.quantity')
  if (prefix < 1 || prefix > 3) return { ...header, points: undefined }
  const points = Array.from({ length: count }, () => fields.number('dnp3.al.index'))
  // More may be announced than there are.
  return { ...header, points: points.filter((point) => !Number.isNaN(point)) }
}

const shown = (value: number): string => Number(value.toPrecision(6)).toString()

/** One point of an answer: where the device vouches for it, its value. */
const pointText = (fields: Fields, { group, variation }: Header, point: number): string[] => {
  const name = `g${group}v${variation}`
  if (group === 12) {
    fields.number('dnp3.al.ctrlstatus')
    return [`${name} ${point} x${fields.number('dnp3.al.count')}`]
  }
  if (packed.has(name))
    return [`${name} ${point}=${shown(fields.number(group === 3 ? 'dnp3.al.2bit' : 'dnp3.al.bit'))}`]
  const [integer = '', float = '', double = ''] = numeric(group >= 40 ? 'anaout' : 'ana')
  const numberField = [integer, float, double][typeOf(group, variation)] ?? integer
  if (group === 41) {
    const value = fields.number(numberField)
    return fields.number('dnp3.al.ctrlstatus') === 0 ? [`${name} ${point}=${shown(value)}`] : []
  }
  const flags = flagFields[group]
  if (flags === undefined) return []
  const online = bare.has(name) || fields.number(`dnp3.al.${flags}.b0`) === 1
  const state = bare.has(name) ? 0 : fields.number(`dnp3.al.${flags}.b7`)
  const first = bare.has(name) ? 0 : fields.number(`dnp3.al.${flags}.b6`)
  const value = ((): number => {
    // Of two bits tshark names the second the value, and the first reserved.
    if (group === 3 || group === 4) return 2 * state + first
    if (group <= 11) return state
    return fields.number(group <= 23 ? 'dnp3.al.cnt' : numberField)
  })()
  return online ? [`${name} ${point}=${shown(value)}`] : []
}

/** Objects that commands do not name: by group alone. */
const unnamed: ReadonlySet<number> = new Set([50, 70, 80, 120])
const groupOfOp: Readonly<Record<string, number>> = {
  'write-time': 50,
  'write-internal-indications': 80,
  'authenticate-request': 120,
}

const withPoints = (name: string, points: readonly number[] | undefined): string =>
  points === undefined ? name : `${name} ${points.join(',')}`

const requestText = (header: Header, codes: readonly number[]): string[] => {
  const { group, variation, points } = header
  if (group === 60 && codes.includes(22)) return []
  if (group === 50 && (codes.includes(11) || codes.includes(12))) return []
  if (unnamed.has(group)) return [withPoints(`g${group}`, group === 80 ? points : undefined)]
  return [withPoints(`g${group}v${variation}`, points)]
}

const linkText = (isPrimary: boolean, code: number): string[] => {
  if (!isPrimary) return ['link answer']
  if (code === 3 || code === 4) return []
  return [[0, 2, 9].includes(code) ? `link ${code}` : 'link unlisted']
}

const expected = (row: Row): readonly string[] => {
  const fields = new Fields(row, Number.NaN)
  const services = fields.all('dnp3.ctl.prifunc').flatMap((code) => linkText(true, code))
  // tshark reads on behind link functions that carry nothing.
  const carries = services.length < fields.all('dnp3.ctl.prifunc').length
  const codes = carries ? fields.all('dnp3.al.func') : []
  const objects = carries ? fields.all('dnp3.al.obj') : []
  const texts = [
    ...services,
    ...fields.all('dnp3.ctl.secfunc').flatMap((code) => linkText(false, code)),
    ...codes.map((code) => `fc ${code}`),
    ...(row['dnp3.al.file_name'] ?? []).map((name) => `file ${name}`),
  ]
  for (const object of objects) {
    const header = headerOf(fields, object)
    if ((codes[0] ?? 0) < 129) texts.push(...requestText(header, codes))
    else for (const point of header.points ?? []) texts.push(...pointText(fields, header, point))
  }
  return texts
}

const linkOps: Readonly<Record<string, string>> = {
  'reset-link-states': 'link 0',
  'test-link-states': 'link 2',
  'request-link-status': 'link 9',
}

const numbers = (command: ParsedCommand, name: string): number[] | undefined => {
  const all = spansOf(command, name).flatMap(([low, high]) => span(low, high))
  return all.length === 0 ? undefined : all
}

const codeOf = (op: string): number => {
  const known: Readonly<Record<string, { readonly code: string }>> = vocabulary.ops
  return Number(/^FC (\d+)/.exec(known[op]?.code ?? '')?.[1])
}

const commandTexts = (command: ParsedCommand): string[] => {
  const file = textOf(command, 'files')
  const name = textOf(command, 'objects')
  const group = /-file/.test(command.op) ? 70 : groupOfOp[command.op]
  const texts = file !== undefined && !/^(read|write)-file$/.test(command.op) ? [`file ${file}`] : []
  if (group === undefined && name === undefined) return texts
  return [...texts, withPoints(name ?? `g${group}`, numbers(command, 'points'))]
}

const valueTexts = (command: ParsedCommand): string[] => {
  const name = textOf(command, 'objects') ?? ''
  const counts = numbers(command, 'count')
  return (numbers(command, 'points') ?? []).map((point, index) =>
    counts === undefined
      ? `${name} ${point}=${shown(command.values[index] ?? 0)}`
      : `${name} ${point} x${counts[index]}`,
  )
}

/** The function of a fragment, which its commands tell. */
const functionOf = (message: Message, commands: readonly ParsedCommand[], fromClient: boolean): number => {
  const named = commands.find(({ op }) => op !== 'authenticate-request') ?? commands[0]
  if (named === undefined) return 129
  if (named.op === 'unlisted') return numbers(named, 'function')?.[0] ?? Number.NaN
  return fromClient || message.role !== 'response' || named.op === 'authenticate-response' ? codeOf(named.op) : 129
}

/**
 * tshark 4.0 reads no objects of applications (FC 16 to 18) and of authentication, nor anything behind the object that begins
 * aggressive mode (g120v3) or the time that is not synchronised (g51v2).
 */
const seenByBoth = (code: number, commands: readonly ParsedCommand[]): readonly ParsedCommand[] => {
  if (code >= 32 && code < 129) return []
  const last = commands.findIndex(
    (command) => command.op === 'authenticate-request' || textOf(command, 'objects') === 'g51v2',
  )
  return last < 0 ? commands : commands.slice(0, last + 1)
}

const isLinkTransaction = (transaction: number) => transaction % 64 === 32

const ours = (message: Message, fromClient: boolean): readonly string[] => {
  if (message.role === 'part') return []
  const commands = message.commands.slice(0, message.count)
  const [first] = commands
  if (first === undefined) {
    if (message.fault !== undefined) return []
    return [message.role === 'response' && !isLinkTransaction(message.transaction) ? 'fc 129' : 'link answer']
  }
  const link = linkOps[first.op]
  if (link !== undefined) return [link]
  const code = functionOf(message, commands, fromClient)
  if (Number.isNaN(code)) return ['link unlisted']
  return [`fc ${code}`, ...seenByBoth(code, commands).flatMap(code < 129 ? commandTexts : valueTexts)]
}

const qualities = ['biq', 'boq', 'ctrq', 'aiq', 'aoq'].flatMap((each) =>
  ['b0', 'b6', 'b7'].map((flag) => `dnp3.al.${each}.${flag}`),
)

export const dnp3Oracle: Oracle = {
  protocol: 'dnp3',
  filter: 'dnp3',
  decodeAs: ['tcp.port==20001,dnp3'],
  fields: [
    'dnp3.ctl.prifunc',
    'dnp3.ctl.secfunc',
    'dnp3.al.func',
    'dnp3.al.obj',
    'dnp3.al.objq.prefix',
    'dnp3.al.objq.range',
    'dnp3.al.range.start',
    'dnp3.al.range.stop',
    'dnp3.al.range.quantity',
    'dnp3.al.index',
    'dnp3.al.bit',
    'dnp3.al.2bit',
    'dnp3.al.cnt',
    'dnp3.al.count',
    'dnp3.al.ctrlstatus',
    'dnp3.al.file_name',
    ...numeric('ana'),
    ...numeric('anaout'),
    ...qualities,
  ],
  expected,
  ours,
}
