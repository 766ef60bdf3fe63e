/** What devices say about themselves: FC 17, FC 43/14 and UMAS 0x02. Only read when somebody wants to know. */
import { u16le } from '#core/bytes.ts'
import type { FactName, Message } from '#core/message.ts'

/** Identification objects, section 6.21: vendor name, product code, revision, product name, model name, application name. */
const objects: Readonly<Record<number, FactName>> = {
  0: 'vendor',
  1: 'model',
  2: 'firmware',
  4: 'model',
  5: 'model',
  6: 'name',
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f

const textOf = (bytes: Uint8Array, from: number, to: number): string => {
  let text = ''
  for (let at = from; at < to; at++) if (isPrintable(bytes[at] ?? 0)) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}

/** The objects of one response. More may follow: the client asks for them with a request of its own. */
export const readIdentification = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  let object = at + 7
  for (let left = bytes[at + 6] ?? 0; left > 0 && message.step(); left--) {
    const value = object + 2
    const next = value + (bytes[object + 1] ?? 0)
    if (value > end || next > end) {
      message.fault = 'malformed'
      return
    }
    const name = objects[bytes[object] ?? 0xff]
    if (name !== undefined && message.wantsFacts) message.fact(name, textOf(bytes, value, next))
    object = next
  }
  if (object !== end) message.fault = 'malformed'
}

/** Section 6.13 leaves the form to the device: a text within it is most often its model. */
export const readServerId = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  if (at + 2 + (bytes[at + 1] ?? 0) !== end) {
    message.fault = 'malformed'
    return
  }
  if (!message.wantsFacts) return
  const text = textOf(bytes, at + 2, end)
  // A server identifier of one or two bytes may look like a letter.
  if (text.length > 2) message.fact('model', text)
}

/** UMAS 0x02: a version in packed decimals, and the name of the processor behind its length. */
export const readUmasIdentity = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  const name = at + 26
  const last = name + (bytes[name - 1] ?? 0)
  if (!message.wantsFacts || last > end || name >= end) return
  const version = u16le(bytes, at + 11)
  message.fact('vendor', 'Schneider Electric')
  message.fact('model', textOf(bytes, name, last))
  message.fact('firmware', `${(version >> 8).toString(16)}.${(version & 0xff).toString(16).padStart(2, '0')}`)
}
