/** Properties and what is written to or read from them: the parameters that most services share (clauses 13 and 15). */
import type { FactName, Message, ParsedCommand } from '#core/message.ts'
import { nameOf, objectTypes, properties } from './names.ts'
import { application, type Tags } from './tags.ts'

/** BACnetObjectType of a device, and its properties that say what it is (12.11). */
const deviceType = 8
const identity: ReadonlyMap<number, FactName> = new Map([
  [44, 'firmware'],
  [58, 'location'],
  [70, 'model'],
  [77, 'name'],
  [121, 'vendor'],
  [372, 'serial'],
])

export const putObject = (command: ParsedCommand, type: number, instance: number): ParsedCommand =>
  command.text('object-type', nameOf(objectTypes, type)).number('instance', instance)

export const putProperty = (command: ParsedCommand, property: number): ParsedCommand =>
  command.text('property', nameOf(properties, property))

/** An object identifier of four bytes under a context number. */
export const objectNext = (tags: Tags, number: number): boolean => tags.primitive(number) && tags.length === 4

/** An object identifier without a context. */
export const objectValue = (tags: Tags): boolean =>
  tags.next() && !tags.context && tags.number === application.object && tags.length === 4

/** Puts the value whose tag was just read; what is constructed is stepped over. @returns false when it is none */
export const putValue = (tags: Tags, command: ParsedCommand, message: Message): boolean => {
  if (tags.closing) return false
  if (!tags.opening) {
    tags.putValue(command)
    return true
  }
  command.unreadable = true
  return tags.skip(message)
}

/** Reads the content of a constructed value whose opening tag was just read, through its closing tag. */
export const readValue = (tags: Tags, number: number, command: ParsedCommand, message: Message): boolean => {
  while (!tags.close(number)) if (!message.step() || !tags.next() || !putValue(tags, command, message)) return false
  return true
}

/** UTF-8, ANSI X3.4 (the same for what it has) or ISO 8859-1: 20.2.9; others are not read. */
const textOf = (bytes: Uint8Array, from: number, to: number): string => {
  const set = bytes[from]
  if (set !== 0 && set !== 5) return ''
  return new TextDecoder(set === 0 ? 'utf-8' : 'latin1').decode(bytes.subarray(from + 1, to))
}

/** What a device says of itself: the value that is next and is not read yet, when the property is one of identity. */
export const noteIdentity = (tags: Tags, objectType: number, property: number, message: Message): void => {
  if (!message.wantsFacts || objectType !== deviceType) return
  const name = identity.get(property)
  if (name === undefined) return
  const { at } = tags
  if (tags.next() && !tags.context && tags.number === application.characters && tags.length > 1)
    message.fact(name, textOf(tags.bytes, tags.from, tags.from + tags.length))
  tags.at = at
}
