/** For tests: a conversation, and what its messages say. */
import type { Codec } from '#core/codec.ts'
import { bytesOf, fieldsOf, hexOf, Reader } from '../reading.ts'
import { forwardOpen, opened, unconnected } from './building.ts'
import { enipCodec } from './enip.ts'

export const codec: Codec = enipCodec
export const open = (whole = true) => new Reader(codec, 'tcp', whole)
export const client = (reader: Reader, hex: string) => reader.read(bytesOf(hex), true)
export const server = (reader: Reader, hex: string) => reader.read(bytesOf(hex), false)
export const shown = ({ message }: Reader) =>
  message.commands.slice(0, message.count).map((command) => ({ op: command.op, ...fieldsOf(command) }))
export const refusal = (reader: Reader, hex: string, why: 'function' | 'object' | 'value' | 'state' = 'function') => {
  client(reader, hex)
  const out = new Uint8Array(1024)
  const unit = bytesOf(hex)
  const length = codec.refuse(unit, 0, unit.length, reader.conversation, why, out)
  return length < 0 ? length : hexOf(out.subarray(0, length))
}
export const plain = (hex: string): string => hex.replaceAll(' ', '')

/** A connection from `0x11` (O->T) and `0x22` (T->O) upwards. */
export const withConnection = (reader: Reader, slot = 3, number = 0): void => {
  client(reader, unconnected(forwardOpen(slot, 0x22 + number)))
  server(reader, unconnected(opened(0x11 + number, 0x22 + number)))
}
