/** Definitions of structures, class 0x6c: Rockwell Automation publication 1756-PM020, reading the template. */
import { u16le, u32le } from '#core/bytes.ts'
import { ascii, types, u16, u32, type Bytes } from './personality-bytes.ts'
import type { CipObject } from './personality-objects.ts'
import type { TemplateProfile } from './personality-profile.ts'
import type { Result } from './personality-tags.ts'

interface Definition {
  /** Bytes of one structure. */
  readonly size: number
  /** Members: size or bit, type, offset; then the names, each ended by a zero. */
  readonly bytes: Bytes
  readonly object: CipObject
}

/** Members lie where they come: profiles give them in an order that needs no padding. */
export const definitionOf = ({ name, handle, members }: TemplateProfile): Definition => {
  let size = 0
  const table = members.flatMap((member) => {
    const { code, size: length } = types[member.type]
    const entry = [...u16(0), ...u16(code), ...u32(size)]
    size += length
    return entry
  })
  const names = [`${name};n`, ...members.map((member) => member.name)].flatMap((text) => [...ascii(text), 0])
  // The length is given in words, with 23 bytes that are none of the definition.
  const words = Math.ceil((table.length + names.length + 23) / 4)
  const padding = Array.from({ length: 4 * words - 20 - table.length - names.length }, () => 0)
  const attributes = { 1: u16(handle), 2: u16(members.length), 4: u32(words), 5: u32(size) }
  return { size, bytes: [...table, ...names, ...padding], object: { attributes, all: [] } }
}

/** Service 0x4c of the class: offset and length. */
export const readDefinition = (template: TemplateProfile, data: Uint8Array, room: number): Result => {
  if (data.length < 6) return { status: 0x13 }
  const { bytes } = definitionOf(template)
  const wanted = bytes.slice(u32le(data, 0), u32le(data, 0) + u16le(data, 4))
  return wanted.length > room ? { status: 0x06, data: wanted.slice(0, room) } : { status: 0, data: wanted }
}
