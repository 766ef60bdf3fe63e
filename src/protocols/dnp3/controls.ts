/** Control relay output blocks: IEEE Std 1815-2012, A.8.1 (g12v1) and A.8.2 (g12v2). */
import { u32le } from '#core/bytes.ts'
import type { ParsedCommand } from '#core/message.ts'

const operations = ['nul', 'pulse-on', 'pulse-off', 'latch-on', 'latch-off'] as const
const pulseOn = 1

/**
 * Close and trip stand for the pairs that the standard lets them form with a pulse; with any other operation both words are
 * given, for a device may heed either. Obsolete bits are words of their own.
 */
const putControlCode = (command: ParsedCommand, octet: number): void => {
  const operation = octet & 0x0f
  const direction = octet >> 6
  if (direction === 1) command.text('control-code', 'close')
  else if (direction === 2) command.text('control-code', 'trip')
  else if (direction === 3) command.text('control-code', 'undefined')
  if (direction === 0 || operation !== pulseOn) command.text('control-code', operations[operation] ?? 'undefined')
  if ((octet & 0x10) !== 0) command.text('control-code', 'queue')
  if ((octet & 0x20) !== 0) command.text('control-code', 'clear')
}

export const putControl = (command: ParsedCommand, bytes: Uint8Array, at: number): void => {
  putControlCode(command, bytes[at] ?? 0)
  command
    .number('count', bytes[at + 1] ?? 0)
    .number('on-time', u32le(bytes, at + 2))
    .number('off-time', u32le(bytes, at + 6))
}
