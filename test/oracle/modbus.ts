/** Modbus/TCP against tshark's `mbtcp` and `modbus`: unit, function, addresses, counts, and the values of answers. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { spanOf } from './command.ts'
import { Fields } from './fields.ts'
import type { Oracle } from './oracle.ts'

const bit = (text: string): number => (text === 'True' ? 1 : text === 'False' ? 0 : Number(text))

/** Consecutive numbers of one field with the values beside them, at most `most`. */
const run = (
  fields: Fields,
  numbers: string,
  values: string,
  most: number,
): readonly [first: number, values: readonly number[]] => {
  const first = Number(fields.peek(numbers) ?? 0)
  const list: number[] = []
  for (let at; list.length < most && (at = fields.peek(numbers)) !== undefined && Number(at) === first + list.length;) {
    fields.next(numbers)
    list.push(bit(fields.next(values) ?? ''))
  }
  return [first, list]
}

const place = (first: number, count: number): string => `${first}+${Math.max(1, count)}`

const bitCounts: ReadonlySet<number> = new Set([1, 2, 15])
const addressedCounts: ReadonlySet<number> = new Set([1, 2, 3, 4, 15, 16])
const addressedOne: ReadonlySet<number> = new Set([5, 6, 22, 24])

const request = (fields: Fields, code: number, isAnswer = false): readonly string[] => {
  if (addressedCounts.has(code)) {
    const first = fields.number('modbus.reference_num')
    const count = fields.number(bitCounts.has(code) ? 'modbus.bit_cnt' : 'modbus.word_cnt')
    if (code > 4 && !isAnswer) fields.next('modbus.byte_cnt')
    return [place(first, count)]
  }
  if (addressedOne.has(code)) return [place(fields.number('modbus.reference_num'), 1)]
  if (code === 8) return [`/${fields.number('modbus.diagnostic_code')}`]
  if (code === 23) {
    const read = [fields.number('modbus.read_reference_num'), fields.number('modbus.read_word_cnt')] as const
    const write = [fields.number('modbus.write_reference_num'), fields.number('modbus.write_word_cnt')] as const
    fields.next('modbus.byte_cnt')
    return [place(...write), place(...read)]
  }
  if (code === 20 || code === 21) {
    const groups: string[] = []
    for (let left = fields.number('modbus.byte_cnt'); left >= 7;) {
      fields.next('modbus.reference_type')
      const reference = fields.number('modbus.reference_num_32')
      const count = fields.number('modbus.word_cnt')
      groups.push(`file ${Math.floor(reference / 0x1_0000)} ${place(reference % 0x1_0000, count)}`)
      left -= 7 + (code === 21 ? 2 * count : 0)
    }
    return groups.length === 0 ? [''] : groups
  }
  if (code === 43) {
    const kind = fields.number('modbus.mei')
    if (kind !== 14) return ['']
    const device = fields.number('modbus.read_device_id')
    const object = fields.number('modbus.object_id')
    return [`/14 ${device === 4 ? `${object}-${object}` : `0-${[0xff, 2, 0x7f][device] ?? 0xff}`}`]
  }
  if (code === 90)
    return [`/${Number.parseInt((fields.next('modbus.data') ?? '').replaceAll(':', '').slice(2, 4), 16)}`]
  return ['']
}

const response = (fields: Fields, code: number, length: number, matched: boolean): string => {
  // Without its request tshark numbers from zero.
  if (!matched) return ''
  // Unit, function and one byte: an exception, or the status of FC 7.
  if (length === 3 && code !== 7 && fields.peek('modbus.exception_code') !== undefined) {
    fields.next('modbus.exception_code')
    return ''
  }
  if (code === 5 || code === 6) return place(fields.number('modbus.reference_num'), 1)
  if (code === 15 || code === 16) return request(fields, code, true)[0] ?? ''
  if (code <= 4 || code === 23) {
    const size = fields.number('modbus.byte_cnt')
    const [first, values] =
      code <= 2
        ? run(fields, 'modbus.bitnum', 'modbus.bitval', 8 * size)
        : run(fields, 'modbus.regnum16', 'modbus.regval_uint16', size >> 1)
    return values.length === 0 ? '' : `${place(first, values.length)}=${values.join(',')}`
  }
  return ''
}

const diagnosticCodes: Readonly<Record<string, number>> = {
  'return-query-data': 0,
  'restart-communications-option': 1,
  'return-diagnostic-register': 2,
  'change-ascii-input-delimiter': 3,
  'force-listen-only-mode': 4,
  'clear-counters-and-diagnostic-register': 10,
  'clear-overrun-counter-and-flag': 20,
}

const shown = (command: ParsedCommand, code: number, umas: number): string => {
  const span = spanOf(command, 'registers', 'coils', 'inputs', 'input-registers', 'records')
  const where = span === undefined ? '' : `${span[0]}+${span[1] - span[0] + 1}`
  const [file] = spanOf(command, 'files') ?? []
  if (file !== undefined) return `file ${file} ${where}`
  if (code === 8) return `/${diagnosticCodes[command.op] ?? spanOf(command, 'subfunction')?.[0]}`
  const objects = spanOf(command, 'objects')
  if (objects !== undefined) return `/14 ${objects[0]}-${objects[1]}`
  return code === 90 ? `/${umas}` : where
}

export const modbusOracle: Oracle = {
  protocol: 'modbus',
  filter: 'mbtcp',
  fields: [
    'tcp.dstport',
    'mbtcp.unit_id',
    'mbtcp.len',
    'modbus.func_code',
    'modbus.request_frame',
    'modbus.reference_num',
    'modbus.reference_num_32',
    'modbus.reference_type',
    'modbus.word_cnt',
    'modbus.bit_cnt',
    'modbus.byte_cnt',
    'modbus.read_reference_num',
    'modbus.read_word_cnt',
    'modbus.write_reference_num',
    'modbus.write_word_cnt',
    'modbus.diagnostic_code',
    'modbus.mei',
    'modbus.read_device_id',
    'modbus.object_id',
    'modbus.exception_code',
    'modbus.data',
    'modbus.regnum16',
    'modbus.regval_uint16',
    'modbus.bitnum',
    'modbus.bitval',
  ],
  expected: (row) => {
    const fields = new Fields(row, 0)
    const fromClient = row['tcp.dstport']?.[0] === '502'
    const matched = (row['modbus.request_frame'] ?? []).length > 0
    return (row['modbus.func_code'] ?? []).flatMap((text) => {
      const code = Number(text)
      const head = `${fields.next('mbtcp.unit_id') ?? ''} ${fromClient ? 'FC' : 'answer'} ${code}`
      const length = fields.number('mbtcp.len')
      return fromClient
        ? request(fields, code).map((rest) => `${head} ${rest}`.trim())
        : [`${head} ${response(fields, code, length, matched)}`.trim()]
    })
  },
  ours: (message: Message, fromClient) => {
    const code = message.transaction & 0x7f
    const head = `${(message.transaction >> 7) & 0xff} ${fromClient ? 'FC' : 'answer'} ${code}`
    const texts = message.commands.slice(0, message.count).map((command) => {
      const values =
        fromClient || command.valueCount === 0 || code === 5 || code === 6
          ? ''
          : [...command.values].slice(0, command.valueCount).join(',')
      return `${head} ${shown(command, code, message.notes[0] ?? 0)}${values === '' ? '' : `=${values}`}`.trim()
    })
    return texts.length === 0 ? [head] : texts
  },
}
