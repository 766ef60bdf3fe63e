/** BACnet virtual link layer for IPv4: ANSI/ASHRAE 135, annex J.2. */
import { u16be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import type { Pending } from '#core/pending.ts'

export const bvllType = 0x81
export const bvllHeader = 4

export const bvll = {
  result: 0x00,
  writeTable: 0x01,
  readTable: 0x02,
  readTableAck: 0x03,
  forwarded: 0x04,
  registerForeign: 0x05,
  readForeign: 0x06,
  readForeignAck: 0x07,
  deleteForeign: 0x08,
  distribute: 0x09,
  unicast: 0x0a,
  broadcast: 0x0b,
  secure: 0x0c,
} as const

/** Where the NPDU of the unit at `at` begins; -1: its function carries none. */
export const npduOf = (bytes: Uint8Array, at: number): number => {
  const code = bytes[at + 1] ?? 0
  // Forwarded, it begins with the address of who sent it first.
  if (code === bvll.forwarded) return at + bvllHeader + 6
  return code === bvll.unicast || code === bvll.broadcast || code === bvll.distribute ? at + bvllHeader : -1
}

interface Link {
  readonly op: string
  /** Bytes after the header: exactly, or one entry of a list. */
  readonly size: number
  readonly listed: boolean
  readonly asks: boolean
  /** The function that it answers; -1: none. */
  readonly answers: number
}
const link = (op: string, size: number, more: Partial<Link> = {}): Link => ({
  op,
  size,
  listed: false,
  asks: false,
  answers: -1,
  ...more,
})

const links: Readonly<Record<number, Link>> = {
  [bvll.result]: link('bvlc-result', 2),
  [bvll.writeTable]: link('write-broadcast-distribution-table', 10, { listed: true, asks: true }),
  [bvll.readTable]: link('read-broadcast-distribution-table', 0, { asks: true }),
  [bvll.readTableAck]: link('read-broadcast-distribution-table', 10, { listed: true, answers: bvll.readTable }),
  [bvll.registerForeign]: link('register-foreign-device', 2, { asks: true }),
  [bvll.readForeign]: link('read-foreign-device-table', 0, { asks: true }),
  [bvll.readForeignAck]: link('read-foreign-device-table', 10, { listed: true, answers: bvll.readForeign }),
  [bvll.deleteForeign]: link('delete-foreign-device-table-entry', 6, { asks: true }),
}

/** Result codes of refusals, by the function that is refused (J.2.1). */
export const refusalCodes: Readonly<Record<number, number>> = {
  [bvll.writeTable]: 0x0010,
  [bvll.readTable]: 0x0020,
  [bvll.registerForeign]: 0x0030,
  [bvll.readForeign]: 0x0040,
  [bvll.deleteForeign]: 0x0050,
  [bvll.distribute]: 0x0060,
}

/** Beyond the numbers of all services: annex J has no invoke identifiers, so that one request of a kind is told from another. */
const transactionOf = (code: number, ofServer: boolean): number => 2 ** 48 + (ofServer ? 256 : 0) + code

/** The request that a result is about: a refusal names its function, success does not. */
const answeredBy = (code: number, ofServer: boolean, pending: Pending): number => {
  for (let asked = bvll.writeTable; asked <= bvll.deleteForeign; asked++) {
    if (links[asked]?.asks !== true || (code !== 0 && refusalCodes[asked] !== code)) continue
    const transaction = transactionOf(asked, ofServer)
    if (pending.find(transaction) !== undefined) return transaction
  }
  return -1
}

/** A function that carries no NPDU. */
export const readLink = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  pending: Pending,
  message: Message,
): void => {
  const code = bytes[at + 1] ?? 0
  if (code === bvll.secure) {
    message.begin('secure-bvll')
    return
  }
  const known = links[code]
  if (known === undefined) {
    message.begin('unlisted-link-message')
    return
  }
  message.begin(known.op)
  const size = end - at - bvllHeader
  if (known.listed ? size % known.size !== 0 : size !== known.size) {
    message.fault = 'malformed'
    return
  }
  if (known.asks) {
    message.role = 'request'
    message.transaction = transactionOf(code, !fromClient)
  } else if (known.answers >= 0) {
    message.role = 'response'
    message.transaction = transactionOf(known.answers, fromClient)
  } else {
    const result = u16be(bytes, at + bvllHeader)
    const transaction = answeredBy(result, fromClient, pending)
    if (transaction < 0) return
    message.role = 'response'
    message.transaction = transaction
    message.refused = result !== 0
  }
}
