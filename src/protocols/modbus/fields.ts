/** What requests and responses have in common: addresses, and values as numbers. */
import { u16be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'

/** A field that names `count` addresses from `first`; a count of zero names the first, so that it is never without a place. */
export const addressed = (command: ParsedCommand, word: string, first: number, count: number): ParsedCommand =>
  command.span(word, first, first + Math.max(1, count) - 1).number('quantity', count)

/** Coils are packed from the lowest bit of the first byte (6.1). */
export const coilValues = (
  command: ParsedCommand,
  bytes: Uint8Array,
  at: number,
  count: number,
  message: Message,
): void => {
  for (let index = 0; index < count && message.step(); index++)
    command.value(((bytes[at + (index >> 3)] ?? 0) >> (index & 7)) & 1)
}

export const registerValues = (
  command: ParsedCommand,
  bytes: Uint8Array,
  at: number,
  count: number,
  message: Message,
): void => {
  for (let index = 0; index < count && message.step(); index++) command.value(u16be(bytes, at + 2 * index))
}

/** FC 5: the specification knows two values (6.5). @returns -1 for any other, which devices do not agree about */
export const coilOf = (word: number): number => (word === 0xff00 ? 1 : word === 0 ? 0 : -1)

/** Reads, by function code: op and the word for what is addressed. */
export const readOps: Readonly<Record<number, string>> = {
  1: 'read-coils',
  2: 'read-discrete-inputs',
  3: 'read-holding-registers',
  4: 'read-input-registers',
}
export const readWords: Readonly<Record<number, string>> = {
  1: 'coils',
  2: 'inputs',
  3: 'registers',
  4: 'input-registers',
}
