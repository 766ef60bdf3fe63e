/** S7comm against tshark's `cotp` and `s7comm`: functions, places, counts, blocks, status lists, and references of answers. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { s7comm } from '#protocols/s7comm/ops.ts'
import { spanOf, textOf } from './command.ts'
import { Fields } from './fields.ts'
import type { Oracle } from './oracle.ts'

const param = 's7comm.param'
const item = `${param}.item`
const user = `${param}.userdata`
const watched = 's7comm.varstat'

/** Codes of the vocabulary with their ops: `0x1a`, `0x28 _INSE`, `UD 4/1`. */
const opsByCode: ReadonlyMap<string, string> = new Map(
  Object.entries(s7comm.ops).flatMap(([op, { code }]) => {
    const [, group, list] = /^UD (\d+)\/(.*)$/.exec(code) ?? []
    if (list === undefined) return [[code, op] as const]
    return list.split(',').flatMap((range) => {
      const [from = '', to = from] = range.split('-')
      const subs = Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index)
      return subs.map((sub) => [`UD ${group}/${sub}`, op] as const)
    })
  }),
)

const words: Readonly<Record<number, string>> = {
  0x1c: 'C',
  0x1d: 'T',
  0x80: 'P',
  0x81: 'I',
  0x82: 'Q',
  0x83: 'M',
  0x84: 'DB',
  0x85: 'DI',
  0x86: 'L',
  0x87: 'V',
}
const bytesOf: Readonly<Record<number, number>> = { 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 4, 8: 4, 0x1c: 2, 0x1d: 2 }

const anyPlace = (fields: Fields): string => {
  const type = fields.number(`${item}.transp_size`)
  const count = fields.number(`${item}.length`)
  const db = fields.number(`${item}.db`)
  const area = words[fields.number(`${item}.area`)] ?? ''
  const address = fields.number(`${item}.address`)
  const block = area === 'DB' || area === 'DI' ? `${db}.` : ''
  if (area === 'C' || area === 'T') return `${area}${address}-${address + count - 1}`
  const bits = type === 1 ? count : count * 8 * (bytesOf[type] ?? Number.NaN)
  return `${area}${block}${Math.floor(address / 8)}-${Math.floor((address + bits - 1) / 8)}`
}

const places = (fields: Fields): readonly string[] => {
  const count = fields.number(`${param}.itemcount`)
  return Array.from({ length: count }, () => fields.number(`${item}.syntaxid`)).flatMap((syntax) => {
    if (syntax === 0x10) return [anyPlace(fields)]
    if (syntax !== 0xb0) return ['']
    const areas = fields.number(`${item}.dbread.numareas`)
    return Array.from({ length: areas }, () => {
      const size = fields.number(`${item}.dbread.length`)
      const db = fields.number(`${item}.dbread.db`)
      const first = fields.number(`${item}.dbread.startaddress`)
      return `DB${db}.${first}-${first + size - 1}`
    })
  })
}

const watchedAreas = ['M', 'I', 'Q', 'P', '', 'T', 'C', 'DB']
const watchedPlaces = (fields: Fields): readonly string[] =>
  Array.from({ length: fields.number(`${watched}.item_count`) }, () => {
    const kind = fields.number(`${watched}.req.memory_area`)
    const isBit = (kind & 15) === 0
    const count = isBit ? 1 : fields.number(`${watched}.req.repetition_factor`) * ([0, 1, 2, 4][kind & 15] ?? 1)
    const db = fields.number(`${watched}.req.db_number`)
    const first = fields.number(`${watched}.req.startaddress`)
    const area = watchedAreas[kind >> 4] ?? ''
    return `${area}${area === 'DB' ? `${db}.` : ''}${first}-${first + count - 1}`
  })

const block = (type: string | undefined, number: string | undefined): string =>
  type === undefined || number === undefined ? '' : `block ${type} ${Number(number)}`

const job = (fields: Fields): readonly string[] => {
  const code = fields.next(`${param}.func`) ?? ''
  const invocation = code === '0x28' || code === '0x29' ? (fields.next(`${param}.pistart.servicename`) ?? '') : ''
  const op = opsByCode.get(`${code} ${invocation}`) ?? (code === '0x28' ? 'pi-service' : opsByCode.get(code))
  if (code === '0x04' || code === '0x05') return places(fields).map((place) => `${op} ${place}`.trim())
  const names = ['0x1a', '0x1b', '0x1c', '0x1d'].includes(code) || op === 'activate-block' || op === 'delete-block'
  if (!names) return [op ?? 'unlisted']
  const type = fields.next('s7comm.data.blockcontrol.block_type')
  return [`${op} ${block(type, fields.next('s7comm.data.blockcontrol.block_number'))}`.trim()]
}

const userdata = (fields: Fields, reference: number): readonly string[] => {
  const kind = fields.number(`${user}.type`)
  const group = fields.number(`${user}.funcgroup`)
  const sub = fields.number(`${user}.subfunc`)
  const sequence = fields.number(`${user}.seq_num`)
  if (kind === 8) return [`answer ${reference}`]
  const known = opsByCode.get(`UD ${group}/${sub}`) ?? opsByCode.get(`UD ${group}`) ?? 'unlisted-userdata'
  if (kind === 0) return [opsByCode.get(`UD ${group} report`) ?? known]
  if (group === 1 && (sub === 2 || sub === 8)) return watchedPlaces(fields).map((place) => `${known} ${place}`)
  if (group === 2 && (sub === 1 || sub === 5 || sub === 7)) return places(fields).map((place) => `${known} ${place}`)
  if (known === 'read-szl' && sequence === 0)
    return [`${known} ${fields.number('s7comm.data.userdata.szl_id').toString(16)}`]
  const type = fields.next('s7comm.blockinfo.blocktype')
  if (known === 'list-blocks-of-type' && sequence === 0) return [`${known} ${type ?? ''}`]
  if (known === 'get-block-info') return [`${known} ${block(type, fields.next('s7comm.data.blockinfo.block_number'))}`]
  return [known]
}

/** As tshark writes them. */
const blockTypes: Readonly<Record<string, string>> = {
  OB: '08',
  DB: '0A',
  SDB: '0B',
  FC: '0C',
  SFC: '0D',
  FB: '0E',
  SFB: '0F',
}

const shown = (command: ParsedCommand, isFurther: boolean): string => {
  const { op } = command
  const bytes = spanOf(command, 'bytes')
  const db = spanOf(command, 'db')
  const number = spanOf(command, 'block')
  const type = blockTypes[textOf(command, 'block-type') ?? ''] ?? ''
  const szl = isFurther ? undefined : spanOf(command, 'szl')
  if (bytes !== undefined)
    return `${op} ${textOf(command, 'area') ?? ''}${db === undefined ? '' : `${db[0]}.`}${bytes[0]}-${bytes[1]}`
  if (szl !== undefined) return `${op} ${szl[0].toString(16)}`
  if (op === 'list-blocks-of-type') return isFurther ? op : `${op} ${type}`
  return type === '' || number === undefined ? op : `${op} block ${type} ${number[0]}`
}

const kinds = { job: 1, userdata: 7 }

export const s7commOracle: Oracle = {
  protocol: 's7comm',
  filter: 's7comm',
  fields: [
    's7comm.header.rosctr',
    's7comm.header.pduref',
    `${param}.func`,
    `${param}.itemcount`,
    `${item}.syntaxid`,
    `${item}.transp_size`,
    `${item}.length`,
    `${item}.db`,
    `${item}.area`,
    `${item}.address`,
    `${item}.dbread.numareas`,
    `${item}.dbread.length`,
    `${item}.dbread.db`,
    `${item}.dbread.startaddress`,
    `${param}.pistart.servicename`,
    's7comm.data.blockcontrol.block_type',
    's7comm.data.blockcontrol.block_number',
    `${user}.type`,
    `${user}.funcgroup`,
    `${user}.subfunc`,
    `${user}.seq_num`,
    's7comm.data.userdata.szl_id',
    's7comm.blockinfo.blocktype',
    's7comm.data.blockinfo.block_number',
    `${watched}.item_count`,
    `${watched}.req.memory_area`,
    `${watched}.req.repetition_factor`,
    `${watched}.req.db_number`,
    `${watched}.req.startaddress`,
  ],
  expected: (row) => {
    const fields = new Fields(row, 0)
    return (row['s7comm.header.rosctr'] ?? []).flatMap((kind) => {
      const reference = fields.number('s7comm.header.pduref')
      if (Number(kind) === kinds.job) return job(fields)
      return Number(kind) === kinds.userdata ? userdata(fields, reference) : [`answer ${reference}`]
    })
  },
  ours: (message: Message) => {
    const reference = message.transaction & 0xffff
    // Above it stand the opening of the connection, and S7comm-plus, which tshark does not know.
    if (message.transaction >= 0x2_0000) return []
    if (message.role === 'response') return [`answer ${reference}`]
    const isFurther = (message.notes[3] ?? 0) >= 0x1_0000 && message.notes[1] !== 0
    return message.commands
      .slice(0, message.count)
      .filter(({ op }) => op !== 'empty-data' && !op.startsWith('plus-') && op !== 'disconnect-request')
      .map((command) => shown(command, isFurther))
  },
}
