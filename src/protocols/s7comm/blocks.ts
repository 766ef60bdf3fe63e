/** Names of blocks as messages carry them: two characters for the type, five digits, and where the block is or goes. */
import type { ParsedCommand } from '#core/message.ts'

const zero = 0x30
const underscore = 0x5f
/** Type, number and file system: `0A00001P`. */
export const blockName = 8

/** By the second character of the type; the first is a zero. */
const types: Readonly<Record<number, string>> = {
  0x38: 'OB',
  0x41: 'DB',
  0x42: 'SDB',
  0x43: 'FC',
  0x44: 'SFC',
  0x45: 'FB',
  0x46: 'SFB',
}

export const blockTypeOf = (character: number): string | undefined => types[character]

export const onBlockType = (command: ParsedCommand, bytes: Uint8Array, at: number): ParsedCommand => {
  const type = bytes[at] === zero ? types[bytes[at + 1] ?? 0] : undefined
  return type === undefined ? command : command.text('block-type', type)
}

/** Type and number; what is not written as such is not known, and then no constraint on it is kept. */
export const onBlock = (command: ParsedCommand, bytes: Uint8Array, at: number): ParsedCommand => {
  onBlockType(command, bytes, at)
  let number = 0
  for (let index = at + 2; index < at + 7; index++) {
    const digit = (bytes[index] ?? 0) - zero
    if (digit < 0 || digit > 9) return command
    number = number * 10 + digit
  }
  return command.number('block', number)
}

/** A file name of the transfer services: an underscore and the name of a block. Others are those of machine tools. */
export const onFile = (command: ParsedCommand, bytes: Uint8Array, at: number, size: number): ParsedCommand =>
  size === 1 + blockName && bytes[at] === underscore ? onBlock(command, bytes, at + 1) : command
