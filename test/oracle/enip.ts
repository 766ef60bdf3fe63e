/**
 * EtherNet/IP against tshark's `enip`, `cip`, `cipcm` and `cippccc`: encapsulation commands, and in requests service, class, instance,
 * attribute, tag, slot, connection and PCCC function, file and element. tshark reads no values that it could be compared by.
 */
import type { Message, ParsedCommand } from '#core/message.ts'
import { enip } from '#protocols/enip/ops.ts'
import { numbersOf, textOf } from './command.ts'
import { Fields } from './fields.ts'
import type { Oracle, Row } from './oracle.ts'

const ops: Readonly<Record<string, { readonly code: string }>> = enip.ops

interface Way {
  readonly class: number[]
  readonly instance: number[]
  readonly attribute: number[]
  readonly point: number[]
  tag: string
  slot: number | undefined
}

const logical = ['class', 'instance', 'member', 'connpoint', 'attribute'] as const
const bytesOfFormat = [2, 4, 6] as const

/** A path of some words, segment by segment. */
const wayOf = (fields: Fields, words: number): Way => {
  const way: Way = { class: [], instance: [], attribute: [], point: [], tag: '', slot: undefined }
  for (let left = 2 * words; left > 0;) {
    const segment = fields.peek('cip.path_segment')
    if (segment === undefined) break
    fields.next('cip.path_segment')
    const head = Number(segment)
    if (head < 0x20) {
      way.slot = fields.number('cip.linkaddress.byte')
      left -= 2
    } else if (head < 0x40) {
      const kind = logical[(head >> 2) & 7]
      if (kind === undefined) {
        left -= 10
        continue
      }
      const value = fields.number(`cip.${kind}`)
      if (kind === 'member') way.tag += way.tag === '' ? '' : `[${value}]`
      else way[kind === 'connpoint' ? 'point' : kind].push(value)
      left -= bytesOfFormat[head & 3] ?? 2
    } else if (head === 0x91) {
      const symbol = fields.next('cip.symbol') ?? ''
      way.tag += (way.tag === '' ? '' : '.') + symbol
      left -= 2 + symbol.length + (symbol.length & 1)
    } else left -= 2
  }
  return way
}

const listed = (word: string, values: readonly (number | string | undefined)[]): string =>
  values.length === 0 || values[0] === undefined || values[0] === '' ? '' : ` ${word} ${values.join(',')}`

const pcccKinds: Readonly<Record<number, string>> = {
  0xa1: 'read',
  0xa2: 'read',
  0xa9: 'write',
  0xaa: 'write',
  0xab: 'mask',
}
const letters: Readonly<Record<number, string>> = {
  0x82: 'O',
  0x83: 'I',
  0x84: 'S',
  0x85: 'B',
  0x86: 'T',
  0x87: 'C',
  0x88: 'R',
  0x89: 'N',
  0x8a: 'F',
  0x8d: 'ST',
  0x8e: 'A',
  0x8f: 'D',
}

const pccc = (fields: Fields): string => {
  const command = fields.number('cip.pccc.cmd.code')
  if (command === 6) return `pccc 6/${fields.number('cip.pccc.fnc.code_06')}`
  if (command === 7) return `pccc 7/${fields.number('cip.pccc.fnc.code_07')}`
  if (command !== 15) return `pccc ${command}`
  const code = fields.number('cip.pccc.fnc.code_0f')
  const kind = pcccKinds[code]
  if (kind === undefined) return `pccc 15/${code}`
  // tshark shows nothing of a write with mask.
  if (kind === 'mask') return 'pccc mask'
  const file = fields.number('cip.pccc.file.num')
  const type = fields.number('cip.pccc.file.type')
  const name = letters[type] ?? `#${type.toString(16).padStart(2, '0')}:`
  return `pccc ${kind} ${name}${file} from ${fields.number('cip.pccc.element.num')}`
}

const ordinaryAttribute: ReadonlySet<number> = new Set([0x0e, 0x10, 0x18, 0x19, 0x1a, 0x1b])
const tagServices: ReadonlySet<number> = new Set([0x4c, 0x4d, 0x4e, 0x52, 0x53])
const openings: ReadonlySet<number> = new Set([0x54, 0x5b])
const types = ['null', 'multicast', 'point-to-point']

const requests = (row: Row): string[] => {
  const fields = new Fields(row, Number.NaN)
  const texts: string[] = []
  let routed = false
  // tshark repeats the connection's path, in captures that of the message router, before the first message of a connection.
  for (const _ of row['enip.fwd_open_in'] ?? []) wayOf(fields, 2)
  for (const text of row['cip.sc'] ?? []) {
    const service = Number(text)
    const way = wayOf(fields, fields.number('cip.request_path_size'))
    const manager = way.class[0] === 6 && way.tag === ''
    if (service === 0x0a) continue
    if (service === 0x52 && manager) {
      routed = true
      continue
    }
    if (manager && (openings.has(service) || service === 0x4e)) {
      const target = wayOf(fields, fields.number('cip.cm.connpath_size'))
      const [, type = 0] = service === 0x4e ? [] : fields.numbers('cip.cm.fwo.type', 2)
      const kind = service === 0x4e ? '' : ` ${types[type]} ${fields.number('cip.cm.fwo.transport')}`
      texts.push(
        `service ${service}${listed('class', target.class)}${listed('instance', target.instance)}${listed('point', target.point)}${listed('slot', [target.slot])}${kind}`,
      )
      continue
    }
    if (service === 0x4b && way.class[0] === 0x67) {
      texts.push(pccc(fields))
      continue
    }
    const attributes =
      service === 3
        ? fields.numbers('cip.attribute', fields.number('cip.getlist.attr_count'))
        : service === 4
          ? fields.numbers('cip.attribute', Math.min(1, fields.number('cip.setlist.attr_count')))
          : ordinaryAttribute.has(service)
            ? way.attribute
            : []
    const isTag = tagServices.has(service) && way.tag !== '' && way.class.length === 0
    texts.push(
      `service ${service}${isTag ? listed('tag', [way.tag]) : `${listed('class', way.class)}${listed('instance', [...way.instance, ...way.point])}${listed('attribute', attributes)}`}`,
    )
  }
  if (routed) {
    const route = fields.next('cip.cm.route_path_size')
    if (route !== undefined) {
      const { slot } = wayOf(fields, Number(route))
      return texts.map((text) => `${text}${listed('slot', [slot])}`)
    }
  }
  return texts
}

const ownPccc: Readonly<Record<string, string>> = {
  'pccc-protected-typed-logical-read': 'read',
  'pccc-protected-typed-logical-write': 'write',
  'pccc-protected-typed-logical-write-with-mask': 'mask',
  'pccc-system-file-read': 'read',
  'pccc-system-file-write': 'mask',
}

const shown = (command: ParsedCommand): string => {
  const { op } = command
  // Below zero it says that there is none.
  const slot = listed(
    'slot',
    numbersOf(command, 'slot').filter((number) => number >= 0),
  )
  const kind = ownPccc[op]
  if (kind === 'mask') return 'pccc mask'
  if (kind !== undefined) return `pccc ${kind} ${textOf(command, 'files')} from ${numbersOf(command, 'elements')[0]}`
  if (op === 'execute-pccc') return `pccc 15/${numbersOf(command, 'function')[0]}`
  const code = ops[op]?.code ?? ''
  const [, first, second] = /^PCCC (\w\w)(?:\/(\w\w))?/.exec(code) ?? []
  if (op === 'pccc-change-mode') return 'pccc 15/128'
  if (first !== undefined) return `pccc ${Number.parseInt(first, 16)}/${Number.parseInt(second ?? '', 16)}`
  const service = op === 'unlisted-service' ? numbersOf(command, 'service-code')[0] : Number(code.slice(0, 4))
  const tag = textOf(command, 'tags')
  const where = `${listed('class', numbersOf(command, 'class'))}${listed('instance', numbersOf(command, 'instance'))}`
  const type = textOf(command, 'connection-type')
  const opening = type === undefined ? '' : ` ${type} ${numbersOf(command, 'transport-class')[0]}`
  const point = listed('point', numbersOf(command, 'connection-point'))
  if (tag !== undefined) return `service ${service} tag ${tag}${slot}`
  return `service ${service}${where}${listed('attribute', numbersOf(command, 'attribute'))}${point}${slot}${opening}`
}

/** Encapsulation commands that are commands of the vocabulary, and not envelopes. */
const envelope: ReadonlySet<number> = new Set([0x6f, 0x70])

export const enipOracle: Oracle = {
  protocol: 'enip',
  filter: 'enip && (tcp.port == 44818 || udp.port == 44818)',
  fields: [
    'tcp.dstport',
    'udp.dstport',
    'enip.command',
    'enip.fwd_open_in',
    'cip.sc',
    'cip.request_path_size',
    'cip.path_segment',
    'cip.class',
    'cip.instance',
    'cip.member',
    'cip.attribute',
    'cip.connpoint',
    'cip.symbol',
    'cip.linkaddress.byte',
    'cip.getlist.attr_count',
    'cip.setlist.attr_count',
    'cip.cm.connpath_size',
    'cip.cm.route_path_size',
    'cip.cm.fwo.type',
    'cip.cm.fwo.transport',
    'cip.pccc.cmd.code',
    'cip.pccc.fnc.code_06',
    'cip.pccc.fnc.code_07',
    'cip.pccc.fnc.code_0f',
    'cip.pccc.file.num',
    'cip.pccc.file.type',
    'cip.pccc.element.num',
  ],
  expected(row) {
    const commands = (row['enip.command'] ?? []).map(Number)
    const [port] = [...(row['tcp.dstport'] ?? []), ...(row['udp.dstport'] ?? [])]
    if (port !== '44818') return commands.map(() => 'answer')
    return [...commands.flatMap((command) => (envelope.has(command) ? [] : [`command ${command}`])), ...requests(row)]
  },
  ours(message: Message, fromClient) {
    if (!fromClient) return ['answer']
    if (message.fault !== undefined) return [`fault ${message.fault}`]
    return message.commands.slice(0, message.count).map((command) => {
      const [, code] = /^command 0x(\w+)$/.exec(ops[command.op]?.code ?? '') ?? []
      return code === undefined ? shown(command) : `command ${Number.parseInt(code, 16)}`
    })
  },
}
