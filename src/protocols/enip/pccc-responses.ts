/** What a PCCC reply shows: Rockwell Automation publication 1770-6.5.16, chapter 7. */
import type { Message } from '#core/message.ts'
import { address, commandOf, fileValues, readPccc } from './pccc-requests.ts'
import { readTypeAndData } from './pccc-type-data.ts'
import { typedValues } from './values.ts'

/** Reads the data of a reply to service 0x4b: requestor id, CMD with bit 6, STS, TNS, values. */
export const readPcccReply = (
  bytes: Uint8Array,
  data: number,
  end: number,
  request: Uint8Array,
  askedData: number,
  askedEnd: number,
  slot: number,
  message: Message,
): void => {
  const at = commandOf(bytes, data)
  const asked = commandOf(request, askedData)
  const sameNumber = bytes[at + 2] === request[asked + 2] && bytes[at + 3] === request[asked + 3]
  if (at + 4 > end || bytes[at] !== ((request[asked] ?? 0) | 0x40) || !sameNumber) return
  if (bytes[at + 1] !== 0) {
    message.refused = true
    return
  }
  const before = message.count
  readPccc(request, askedData, askedEnd, slot, message)
  const command = message.commands[message.count - 1]
  if (command === undefined || message.count !== before + 1) message.count = before
  else if (command.op === 'pccc-protected-typed-logical-read')
    fileValues(command, bytes, at + 4, end, address.type, message)
  else if (command.op === 'pccc-word-range-read') typedValues(command, bytes, at + 4, end, 0xc3, message)
  else if (command.op === 'pccc-typed-read') readTypeAndData(command, bytes, at + 4, end, message)
  else message.count = before
}
