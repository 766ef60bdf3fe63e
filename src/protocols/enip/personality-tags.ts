/** Tags of a Logix controller: Rockwell Automation publication 1756-PM020. */
import { f32le, i32le, u16le, u32le } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { encoded, isMoving, long, mixed, types, u16, u32, valueOf, type Bytes } from './personality-bytes.ts'
import type { ControllerProfile, TagProfile, TagType } from './personality-profile.ts'
import { definitionOf } from './personality-templates.ts'

/** General status and its extension: volume 1, appendix B; of tags, 1756-PM020. */
export interface Result {
  readonly status: number
  readonly extended?: number
  readonly data?: Bytes
}
export const statuses = {
  good: 0,
  connection: 0x01,
  segment: 0x04,
  path: 0x05,
  partial: 0x06,
  service: 0x08,
  attributeList: 0x0a,
  notSettable: 0x0e,
  privilege: 0x0f,
  tooLarge: 0x11,
  notEnough: 0x13,
  attribute: 0x14,
  tooMuch: 0x15,
  embedded: 0x1e,
  general: 0xff,
} as const
const beyondEnd = 0x2105
const otherType = 0x2107

/** Elements whose writing is remembered; beyond, the one written first is forgotten. */
const remembered = 512
const structure = 0x02a0

interface Tag extends TagProfile {
  readonly instance: number
  readonly elements: number
  readonly elementSize: number
}

export interface Tags {
  read(tag: string, data: Uint8Array, room: number, fragmented: boolean): Result
  write(tag: string, data: Uint8Array, fragmented: boolean): Result
  /** Attributes of symbols from an instance on; `scope` is a program, empty for the controller. */
  browse(scope: string, from: number, data: Uint8Array, room: number): Result
}

const typeCode = ({ type, size }: TagProfile): number => {
  const array = size === undefined ? 0 : 0x2000
  return typeof type === 'string' ? types[type].code | array : 0x8000 | array | type.id
}

export const tagsOf = ({ identity, process, now }: TalkContext, profile: ControllerProfile): Tags => {
  const written = new Map<string, number>()
  const programs = profile.programs.map((program): TagProfile => ({ name: `Program:${program}`, type: 'DINT' }))
  const all = [...programs, ...profile.tags].map((tag, index): Tag => {
    const elementSize = typeof tag.type === 'string' ? types[tag.type].size : definitionOf(tag.type).size
    // Symbols are numbered as they were made, with gaps of those that are none of the user's.
    const instance = 1000 + (identity.seed % 5000) + 11 * index + (mixed(identity.seed, index) % 11)
    return { ...tag, instance, elements: tag.size ?? 1, elementSize }
  })
  const isProgram = ({ name }: Tag): boolean => name.startsWith('Program:')
  const scopeOf = ({ program }: Tag): string => (program === undefined ? '' : `program:${program.toLowerCase()}`)

  /** A tag as an engineer writes it, in any case; `#12` stands for an instance. */
  const find = (text: string): { readonly tag: Tag; readonly index: number } | undefined => {
    const bracket = text.endsWith(']') ? text.lastIndexOf('[') : -1
    const name = (bracket < 0 ? text : text.slice(0, bracket)).toLowerCase()
    const index = bracket < 0 ? 0 : Number(text.slice(bracket + 1, -1))
    const scoped = name.startsWith('program:') && name.includes('.')
    const scope = scoped ? name.slice(0, name.indexOf('.')) : ''
    const own = scoped ? name.slice(name.indexOf('.') + 1) : name
    const tag = all.find(
      (one) =>
        scopeOf(one) === scope && !isProgram(one) && (one.name.toLowerCase() === own || `#${one.instance}` === own),
    )
    return tag === undefined || !Number.isInteger(index) ? undefined : { tag, index }
  }
  const keyOf = ({ instance }: Tag, index: number): string => `${instance}[${index}]`
  const element = (tag: Tag, index: number): Bytes => {
    const { type, source = { constant: 0 } } = tag
    const at = now()
    if (typeof type === 'string') {
      const own = written.get(keyOf(tag, index))
      return encoded(type, own ?? valueOf(source, index, process, at))
    }
    return type.members.flatMap((member) => encoded(member.type, valueOf(member.source, index, process, at)))
  }
  const header = ({ type }: Tag): Bytes =>
    typeof type === 'string' ? u16(types[type].code) : [...u16(structure), ...u16(type.handle)]

  const read: Tags['read'] = (text, data, room, fragmented) => {
    const found = find(text)
    if (found === undefined) return { status: statuses.segment, extended: 0 }
    if (data.length < (fragmented ? 6 : 2)) return { status: statuses.notEnough }
    const { tag, index } = found
    const count = u16le(data, 0)
    const offset = fragmented ? u32le(data, 2) : 0
    if (count === 0 || index + count > tag.elements || offset >= count * tag.elementSize)
      return { status: statuses.general, extended: beyondEnd }
    const first = Math.floor(offset / tag.elementSize)
    const most = Math.min(count - first, Math.ceil(room / tag.elementSize) + 1)
    const skipped = offset - first * tag.elementSize
    const values = Array.from({ length: most }, (_, further) => element(tag, index + first + further)).flat()
    // What does not fit ends with a whole number of four bytes.
    const left = count * tag.elementSize - offset
    const fits = left <= room ? left : room & ~3
    const part = values.slice(skipped, skipped + fits)
    return { status: fits < left ? statuses.partial : statuses.good, data: [...header(tag), ...part] }
  }

  const decoded = (type: TagType, data: Uint8Array, at: number): number => {
    if (type === 'REAL') return f32le(data, at)
    if (type === 'DINT') return i32le(data, at)
    return type === 'INT' ? (u16le(data, at) << 16) >> 16 : ((data[at] ?? 0) << 24) >> 24
  }
  const remember = (key: string, value: number): void => {
    written.delete(key)
    written.set(key, value)
    const [oldest] = written.keys()
    if (written.size > remembered && oldest !== undefined) written.delete(oldest)
  }
  const write: Tags['write'] = (text, data, fragmented) => {
    const found = find(text)
    if (found === undefined) return { status: statuses.segment, extended: 0 }
    const { tag, index } = found
    const { type, source = { constant: 0 } } = tag
    // Structures are the program's; what they hold is not taken from outside.
    if (typeof type !== 'string') return { status: statuses.privilege }
    const head = fragmented ? 8 : 4
    if (u16le(data, 0) !== types[type].code) return { status: statuses.general, extended: otherType }
    const count = u16le(data, 2)
    const offset = fragmented ? u32le(data, 4) : 0
    const there = Math.floor((data.length - head) / tag.elementSize)
    const first = index + Math.floor(offset / tag.elementSize)
    if (count === 0 || index + count > tag.elements || offset >= count * tag.elementSize)
      return { status: statuses.general, extended: beyondEnd }
    if (there < 1 || (!fragmented && there < count)) return { status: statuses.notEnough }
    if (!fragmented && there > count) return { status: statuses.tooMuch }
    if (!isMoving(source))
      for (let further = 0; further < there && first + further < tag.elements; further++)
        remember(keyOf(tag, first + further), decoded(type, data, head + further * tag.elementSize))
    return { status: statuses.good }
  }

  const attribute = (tag: Tag, id: number): Bytes | undefined => {
    if (id === 1) return long(tag.name)
    if (id === 2) return u16(isProgram(tag) ? 0x1068 : typeCode(tag))
    if (id === 3 || id === 5 || id === 6) return u32(mixed(identity.seed, tag.instance * 8 + id))
    if (id === 7) return u16(isProgram(tag) ? 0 : tag.elementSize)
    if (id === 8) return [...u32(tag.size ?? 0), ...u32(0), ...u32(0)]
    // Read and write from outside.
    return id === 10 ? [0] : undefined
  }
  const browse: Tags['browse'] = (scope, from, data, room) => {
    const wanted = scope.toLowerCase()
    if (wanted !== '' && !all.some((tag) => tag.name.toLowerCase() === wanted && isProgram(tag)))
      return { status: statuses.segment, extended: 0 }
    const count = u16le(data, 0)
    if (count === 0 || count > 16 || data.length < 2 + 2 * count) return { status: statuses.notEnough }
    const out: number[] = []
    for (const tag of all) {
      if (scopeOf(tag) !== wanted || tag.instance < from) continue
      const entry: number[] = [...u32(tag.instance)]
      for (let index = 0; index < count; index++) {
        const bytes = attribute(tag, u16le(data, 2 + 2 * index))
        if (bytes === undefined) return { status: statuses.attributeList }
        entry.push(...bytes)
      }
      if (out.length + entry.length > room) return { status: statuses.partial, data: out }
      out.push(...entry)
    }
    return { status: statuses.good, data: out }
  }
  return { read, write, browse }
}
