/** What an outstation's fragment shows: IEEE Std 1815-2012, 4.2.2.6 (internal indications) and the objects behind them. */
import type { FactName, Message, ParsedCommand } from '#core/message.ts'
import type { Pending, PendingRequest } from '#core/pending.ts'
import { putControl } from './controls.ts'
import { beginFrom, beginOf, continuesWith, putObject, putPoint } from './fields.ts'
import { noteOpened } from './files.ts'
import { fn, opOf } from './functions.ts'
import { ObjectHeader } from './header.ts'
import { isGood, valueOf } from './objects.ts'
import { application } from './requests.ts'
import type { Station } from './state.ts'
import { transactionOf, transactionOfAuthentication } from './transactions.ts'

/** Application control, function code and internal indications. */
const responseHeader = 4

/** IIN2.0 to IIN2.2: no such function, no such object, a parameter that is out of range. */
const refusals = 0x07
/** Group 120: why authentication failed. */
const authenticationError = 7

const header = new ObjectHeader()

/** Device attributes, A.2, by variation. */
const attributes: Readonly<Record<number, FactName>> = {
  242: 'firmware',
  243: 'hardware',
  245: 'location',
  247: 'name',
  248: 'serial',
  250: 'model',
  252: 'vendor',
}
const visibleString = 1

const putAttribute = (bytes: Uint8Array, message: Message): void => {
  const { variation, at, size } = header
  const name = attributes[variation]
  if (!message.wantsFacts || name === undefined || bytes[at] !== visibleString) return
  message.fact(name, String.fromCharCode(...bytes.subarray(at + 2, at + size)))
}

/** Puts a point and its value, unless the device does not vouch for the value. */
const putReading = (command: ParsedCommand, bytes: Uint8Array): void => {
  const { layout, index, at, packed, group, variation } = header
  if (layout === undefined) return
  if (group === 12 && variation <= 2) {
    putPoint(command, index)
    // Nobody reports a command by itself.
    if (command.op !== 'unsolicited-response') putControl(command, bytes, at)
  } else if (layout.kind !== 'none' && isGood(layout, bytes, at)) {
    putPoint(command, index)
    command.value(valueOf(layout, bytes, at, packed))
  }
}

/**
 * What became of a control or of work on a file, as the object at hand says it: status 0 is success. Events of commands (groups 13 and
 * 43) tell of what others asked for.
 */
const isRefused = ({ group, variation, layout, at, size }: ObjectHeader, bytes: Uint8Array): boolean => {
  if (group === 12 && variation <= 2) return ((bytes[at + 10] ?? 0) & 0x7f) !== 0
  if (group === 41 && layout !== undefined) return !isGood(layout, bytes, at)
  if (group !== 70) return false
  return variation === 4 ? size >= 13 && bytes[at + 12] !== 0 : variation === 6 && size >= 9 && bytes[at + 8] !== 0
}

const isReading = ({ sizeOctets, index, layout }: ObjectHeader): boolean =>
  sizeOctets === 0 && index >= 0 && layout !== undefined

/** A command of what answers `request`, or of what is said without one: -1. */
const beginObject = (message: Message, op: string, request: number, station: Station): ParsedCommand =>
  putObject(
    request < 0 ? beginFrom(message, op, station) : beginOf(message, opOf(request, header.group), station),
    header,
  )

/** Reads object headers with their data: a command for each run of points whose values the device vouches for. */
const readObjects = (
  bytes: Uint8Array,
  end: number,
  op: string,
  request: number,
  station: Station,
  message: Message,
): void => {
  const sequence = (bytes[0] ?? 0) & application.sequence
  let at = responseHeader
  while (at < end && message.fault === undefined && message.step()) {
    if (!header.read(bytes, at, end)) {
      message.fault = 'malformed'
      return
    }
    let command = beginObject(message, op, request, station)
    for (let turn = 0; turn < header.count; turn++) {
      if (!header.object(bytes, end, turn, true, message)) {
        // An object of a vendor ends what can be read; it does no harm to a master that asked for it.
        if (header.size >= 0) message.fault ??= 'malformed'
        return
      }
      if (message.role === 'response' && isRefused(header, bytes)) message.refused = true
      if (header.group === 0) putAttribute(bytes, message)
      else if (header.group === 70 && header.variation === 4 && request === fn.openFile)
        noteOpened(header, bytes, sequence, station)
      else if (isReading(header)) {
        if (!continuesWith(command, header.index)) command = beginObject(message, op, request, station)
        putReading(command, bytes)
      }
    }
    at = header.next
  }
}

/**
 * The transaction of a response. Later fragments of one response count SEQ on (4.2.2.4.5), and belong to the first one's request.
 */
const transactionIn = (control: number, station: Station): number => {
  const sequence = control & application.sequence
  const continues = (control & application.first) === 0 && station.nextFragment === sequence
  const transaction = continues ? station.continued : transactionOf(station, sequence)
  const more = (control & application.final) === 0
  station.nextFragment = more ? (sequence + 1) & application.sequence : -1
  station.continued = transaction
  return transaction
}

const readAnswer = (bytes: Uint8Array, end: number, station: Station, pending: Pending, message: Message): void => {
  const control = bytes[0] ?? 0
  message.role = 'response'
  message.transaction = transactionIn(control, station)
  message.more = (control & application.final) === 0
  let request: PendingRequest | undefined = pending.find(message.transaction)
  if (request === undefined) {
    request = pending.find(transactionOfAuthentication(station, control & application.sequence))
    if (request !== undefined) message.transaction = request.transaction
  }
  message.refused = ((bytes[3] ?? 0) & refusals) !== 0
  readObjects(bytes, end, 'response', request === undefined ? -1 : (request.notes[0] ?? 0), station, message)
  if (request === undefined && message.count === 0) beginFrom(message, 'response', station)
}

/** FC 131: a challenge postpones the answer to what was asked; anything else answers a request of authentication. */
const readAuthentication = (
  bytes: Uint8Array,
  end: number,
  station: Station,
  pending: Pending,
  message: Message,
): void => {
  const sequence = (bytes[0] ?? 0) & application.sequence
  message.role = 'response'
  message.transaction = transactionOfAuthentication(station, sequence)
  if (pending.find(message.transaction) === undefined) {
    message.transaction = transactionOf(station, sequence)
    message.more = true
  }
  message.refused = end > responseHeader + 1 && bytes[4] === 120 && bytes[5] === authenticationError
  beginFrom(message, 'authenticate-response', station)
}

/** Reads the fragment that is octets 0 to `end`. */
export const readResponse = (
  bytes: Uint8Array,
  end: number,
  station: Station,
  pending: Pending,
  message: Message,
): void => {
  const code = bytes[1] ?? 0
  if (end < responseHeader && code >= fn.response) {
    beginFrom(message, 'unlisted', station).number('function', code)
    message.fault = 'malformed'
    return
  }
  switch (code) {
    case fn.response:
      return readAnswer(bytes, end, station, pending, message)
    case fn.unsolicited:
      readObjects(bytes, end, 'unsolicited-response', -1, station, message)
      if (message.count === 0) beginFrom(message, 'unsolicited-response', station)
      return
    case fn.authenticateResponse:
      return readAuthentication(bytes, end, station, pending, message)
    case fn.confirm:
      beginFrom(message, 'confirm', station)
      return
    case fn.authenticateNoAck:
      beginFrom(message, 'authenticate-request-no-ack', station)
      return
    default:
      beginFrom(message, 'unlisted', station).number('function', code)
  }
}
