/** Objects of group 70: files. IEEE Std 1815-2012, A.24. All of them come with their size. */
import { u16le, u32le } from '#core/bytes.ts'
import { Interned } from '#core/intern.ts'
import type { ParsedCommand } from '#core/message.ts'
import type { ObjectHeader } from './header.ts'
import type { Station } from './state.ts'

const texts = new Interned()
const modes = ['null', 'read', 'write', 'append'] as const
const read = 1

/** Octets before the name in file command objects and in descriptors. */
const nameStarts: Readonly<Record<number, number>> = { 3: 26, 7: 20 }

/** The name of variation 3 or 7. The object says where it stands; only the place of the standard is right. */
const namedFile = ({ variation, at, size }: ObjectHeader, bytes: Uint8Array): string | undefined => {
  const start = nameStarts[variation] ?? 0
  if (size < start || u16le(bytes, at) !== start || start + u16le(bytes, at + 2) !== size) return undefined
  return texts.text(bytes, at + start, at + size)
}

/** A string that is its whole object: the name that variation 8 asks to activate, or an application identifier (g90v1). */
export const objectText = ({ at, size }: ObjectHeader, bytes: Uint8Array): string => texts.text(bytes, at, at + size)

/**
 * Puts what a request's file object says into its command.
 * @returns false when the object contradicts itself
 */
export const readFile = (
  header: ObjectHeader,
  bytes: Uint8Array,
  command: ParsedCommand,
  sequence: number,
  station: Station,
): boolean => {
  const { variation, at, size } = header
  switch (variation) {
    case 3:
    case 7: {
      const name = namedFile(header, bytes)
      if (name === undefined) return false
      command.text('files', name)
      if (command.op !== 'open-file') return true
      const mode = u16le(bytes, at + 20)
      command.text('file-mode', modes[mode] ?? 'undefined')
      if (mode > read) command.op = 'open-file-to-write'
      station.opens(sequence, name)
      return true
    }
    case 4:
      // Whether it closes or not: the handle may be another master's file next.
      station.closed(u32le(bytes, at))
      return size >= 13
    case 5: {
      const name = station.nameOf(u32le(bytes, at))
      if (name !== undefined) command.text('files', name)
      return size >= 8
    }
    case 8:
      command.text('files', objectText(header, bytes))
      return true
    default:
      return true
  }
}

/** The outstation's answer to an opening, variation 4: from now on blocks carry only the handle. */
export const noteOpened = ({ at, size }: ObjectHeader, bytes: Uint8Array, sequence: number, station: Station): void => {
  if (station.opening !== sequence) return
  const name = station.openingName
  // The answer to the other opening is still to come, and names nothing either.
  if (name !== undefined) station.opening = -1
  if (size < 13 || bytes[at + 12] !== 0) return
  if (name === undefined) station.closed(u32le(bytes, at))
  else station.opened(u32le(bytes, at), name)
}
