/** What S7comm-plus requests ask for. What follows the request's header stands from `at` to `end`. */
import { u16be, u32be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { symbolicAreas, symbolicBlock } from './items.ts'
import { number, readNumber } from './plus-numbers.ts'
import type { plus } from './plus.ts'

type PlusOp = keyof typeof plus

const functions: Readonly<Record<number, PlusOp>> = {
  0x04bb: 'plus-explore',
  0x04ca: 'plus-create-object',
  0x04d4: 'plus-delete-object',
  0x04f2: 'plus-set-variable',
  0x04fc: 'plus-get-variable',
  0x0506: 'plus-add-link',
  0x051a: 'plus-remove-link',
  0x0524: 'plus-get-link',
  0x0542: 'plus-set-multi-variables',
  0x054c: 'plus-get-multi-variables',
  0x0556: 'plus-begin-sequence',
  0x0560: 'plus-end-sequence',
  0x056b: 'plus-invoke',
  0x057c: 'plus-set-var-sub-streamed',
  0x0586: 'plus-get-var-sub-streamed',
  0x0590: 'plus-get-variables-address',
  0x059a: 'plus-abort',
  0x05b3: 'plus-init-ssl',
}

/** Where sessions are created, and the classes of a session and of a subscription. */
const sessions = 0x011d
const sessionClass = 0x011f
const subscriptionClass = 0x03e9
/** Attribute by which a client says how many more notifications of a subscription it takes. */
const creditLimit = 0x041d
/** Objects that exist as long as a session: sessions and subscriptions. */
const isDynamic = (object: number) => object >= 0x7000_0000 && object < 0x8000_0000

const startOfObject = 0xa1
const unsigned = 0x04

/** The class of the object to be created: after its container, an unsigned number and four zeros. -1: it cannot be told. */
const classOf = (bytes: Uint8Array, at: number, end: number): number => {
  if (bytes[at + 4] !== 0 || bytes[at + 5] !== unsigned || !readNumber(bytes, at + 6, end)) return -1
  const object = number.next + 4
  if (bytes[object] !== startOfObject || !readNumber(bytes, object + 5, end)) return -1
  return number.value
}

/** The op by function, and by what it is done to where that makes a difference. */
export const plusOp = (code: number, session: number, bytes: Uint8Array, at: number, end: number): PlusOp => {
  const op = functions[code]
  const object = end - at < 4 ? 0 : u32be(bytes, at)
  if (op === 'plus-create-object') {
    const created = classOf(bytes, at, end)
    if (created === sessionClass && object === sessions) return 'plus-create-session'
    return created === subscriptionClass && isDynamic(object) ? 'plus-create-subscription' : op
  }
  if (op === 'plus-delete-object') {
    if (object === session) return 'plus-delete-session'
    return isDynamic(object) ? 'plus-delete-subscription' : op
  }
  const credits = op === 'plus-set-variable' && isDynamic(object) && bytes[at + 4] === 1
  if (credits && readNumber(bytes, at + 5, end) && number.value === creditLimit) return 'plus-credit-subscription'
  return op ?? 'plus-unlisted'
}

const onArea = (op: PlusOp, area: number, message: Message): void => {
  const command = message.begin(op)
  command.unreadable = op === 'plus-set-multi-variables'
  if (Math.floor(area / 0x1_0000) === symbolicBlock) command.text('area', 'DB').number('db', area & 0xffff)
  else {
    const word = symbolicAreas[area]
    if (word !== undefined) command.text('area', word)
  }
}

/** Places: their number and how many numbers they are written with; each a checksum, the area, and a path after its length. */
const readPlaces = (op: PlusOp, bytes: Uint8Array, at: number, end: number, message: Message): boolean => {
  if (!readNumber(bytes, at, end)) return false
  const count = number.value
  if (count === 0 || !readNumber(bytes, number.next, end)) return false
  const written = number.value
  let read = 0
  for (let index = 0; index < count && message.fault === undefined && message.step(); index++) {
    if (!readNumber(bytes, number.next, end) || !readNumber(bytes, number.next, end)) return false
    onArea(op, number.value, message)
    if (!readNumber(bytes, number.next, end)) return false
    const path = number.value
    for (let part = 0; part < path && message.step(); part++) if (!readNumber(bytes, number.next, end)) return false
    read += 3 + path
  }
  return read === written
}

export const readPlusRequest = (
  op: PlusOp,
  code: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  message: Message,
): void => {
  const isMulti = op === 'plus-get-multi-variables' || op === 'plus-set-multi-variables'
  // Other than zero: an object, whose attributes are meant.
  if (isMulti && end - at >= 4 && u16be(bytes, at) === 0 && u16be(bytes, at + 2) === 0) {
    if (readPlaces(op, bytes, at + 4, end, message)) return
    message.fault ??= 'malformed'
    if (message.count > 0) return
  }
  const command = message.begin(op)
  command.unreadable = op === 'plus-set-variable' || op === 'plus-set-multi-variables'
  if (op === 'plus-unlisted') command.number('function', code)
}
