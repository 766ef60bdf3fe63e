/** Reading units with a codec as an inspector does, for tests and for whoever looks at recorded bytes. */
import type { Codec, Conversation } from '#core/codec.ts'
import { Message, type ParsedCommand } from '#core/message.ts'
import { Pending } from '#core/pending.ts'
import type { Transport } from '#core/protocol.ts'

export type Fields = Readonly<Record<string, number | string | readonly (number | string)[]>>

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
export const hexOf = (bytes: Uint8Array = new Uint8Array(0)): string => Buffer.from(bytes).toString('hex')

/** A command's fields by name: a span as all its numbers, several of one name as a list. */
export const fieldsOf = (command: ParsedCommand): Fields => {
  const fields: Record<string, (number | string)[]> = {}
  const put = (name: string, value: number | string) => (fields[name] ??= []).push(value)
  for (let index = 0; index < command.spans; index++) {
    const high = command.highs[index] ?? 0
    for (let value = command.lows[index] ?? 0; value <= high; value++) put(command.spanNames[index] ?? '', value)
  }
  for (let index = 0; index < command.texts; index++)
    put(command.textNames[index] ?? '', command.textValues[index] ?? '')
  for (let index = 0; index < command.valueCount; index++) put('values', command.values[index] ?? 0)
  return Object.fromEntries(
    Object.entries(fields).map(([name, list]) => [name, list.length === 1 ? (list[0] ?? 0) : list]),
  )
}

/** One conversation read from its beginning; requests are kept as an inspector keeps those it lets pass. */
export class Reader {
  readonly codec: Codec
  readonly conversation: Conversation & { lastSeen: number }
  readonly message = new Message()

  constructor(codec: Codec, transport: Transport = codec.vocabulary.ports[0]?.transport ?? 'tcp', whole = true) {
    this.codec = codec
    this.conversation = { state: codec.open(), pending: new Pending(), transport, whole, lastSeen: 0 }
  }

  /** Reads the unit that begins at `at`. */
  read(bytes: Uint8Array, fromClient: boolean, at = 0, end = bytes.length): Message {
    const { message, codec, conversation } = this
    codec.parse(bytes, at, end, fromClient, conversation, message.reset())
    if (message.role === 'request')
      conversation.pending.add(message.transaction, message.commands[0]?.op ?? '', message.notes, 0)
    else if (message.role === 'response' && !message.more) {
      const request = conversation.pending.find(message.transaction)
      if (request !== undefined) conversation.pending.remove(request)
    }
    return message
  }
}
