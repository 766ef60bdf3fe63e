/** FINS: header, commands and end codes (Omron W342, sections 3 and 5; FINS/TCP: W421, 7-4). */
import { joined, putU16be, putU32be, u32be } from '#core/bytes.ts'

/** Bytes of a frame before its parameters: ten of routing, two of command. */
export const frameHeader = 12
/** Bytes of a frame: 2000 of data and its header. */
export const longestFrame = 2012

export const endCodes = {
  normal: 0x0000,
  undefinedCommand: 0x0401,
  tooLong: 0x1001,
  tooShort: 0x1002,
  areaMissing: 0x1101,
  addressRange: 0x1103,
  rangeExceeded: 0x1104,
  responseTooLong: 0x110b,
  protectedRead: 0x2002,
  /** Another device, an engineering station, holds the right to control and program. */
  noAccessRight: 0x3001,
} as const

/** Bit 6: response; bit 0: no response is wanted. */
export const isRequest = (frame: Uint8Array): boolean => frame.length >= frameHeader && ((frame[0] ?? 0) & 0x40) === 0
export const wantsResponse = (frame: Uint8Array): boolean => ((frame[0] ?? 0) & 1) === 0
export const commandOf = (frame: Uint8Array): number => ((frame[10] ?? 0) << 8) | (frame[11] ?? 0)

/**
 * The response to a frame: source and destination changed over.
 * @param node stands for a node number that the client left open
 */
export const response = (request: Uint8Array, node: number, code: number, data: Uint8Array): Uint8Array => {
  const head = new Uint8Array(frameHeader + 2)
  head.set([0xc0, 0, 2, request[6] ?? 0, (request[7] ?? 0) || node, request[8] ?? 0])
  head.set([request[3] ?? 0, request[4] ?? 0, request[5] ?? 0, request[9] ?? 0, request[10] ?? 0, request[11] ?? 0], 6)
  putU16be(head, frameHeader, code)
  return joined(head, data)
}

/** Header of FINS/TCP: `FINS`, length of what follows it, command, error. */
export const tcpHeader = 16
const magic = [0x46, 0x49, 0x4e, 0x53]
export const tcpCommands = { clientAddress: 0, serverAddress: 1, frame: 2, notice: 3, confirm: 6 } as const
export const tcpErrors = { header: 1, length: 2, command: 3, sameNode: 0x24, nodeRange: 0x23 } as const

/** @returns length of the unit; 0: unknown yet; -1: not FINS/TCP, or of a length that none has */
export const tcpFrame = (bytes: Uint8Array): number => {
  for (let at = 0; at < Math.min(4, bytes.length); at++) if (bytes[at] !== magic[at]) return -1
  if (bytes.length < 8) return 0
  const length = u32be(bytes, 4)
  return length < 8 || length > 8 + longestFrame ? -1 : 8 + length
}

export const tcpUnit = (command: number, error: number, data: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const head = new Uint8Array(tcpHeader)
  head.set(magic)
  putU32be(head, 4, 8 + data.length)
  putU32be(head, 8, command)
  putU32be(head, 12, error)
  return joined(head, data)
}
