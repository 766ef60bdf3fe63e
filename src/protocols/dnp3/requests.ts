/** What a master's fragment asks for: IEEE Std 1815-2012, clause 4. One command for each object header. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { putControl } from './controls.ts'
import { beginOf, putObject, putPoint } from './fields.ts'
import { objectText, readFile } from './files.ts'
import { fn, opOf, requestedBy } from './functions.ts'
import { ObjectHeader } from './header.ts'
import { valueOf } from './objects.ts'
import type { Station } from './state.ts'

/** Octets of a request before its objects: application control and function code. */
export const requestHeader = 2
/** Application control, 4.2.2.4. */
export const application = { first: 0x80, final: 0x40, unsolicited: 0x10, sequence: 0x0f } as const

const header = new ObjectHeader()

const isControl = (group: number, variation: number) => group === 12 && variation <= 2

/** Groups that stand in a request for another reason than to be acted on. */
const isParameter = (code: number, group: number): boolean =>
  code === fn.assignClass ? group === 60 : (code === fn.freezeAtTime || code === fn.freezeAtTimeNoAck) && group === 50

const malformed = (message: Message): boolean => {
  message.fault ??= 'malformed'
  return false
}

/** Steps over the objects of a header. @returns false at a fault */
const skipObjects = (bytes: Uint8Array, end: number, message: Message): boolean => {
  for (let turn = 0; turn < header.count; turn++)
    if (!header.object(bytes, end, turn, true, message)) return malformed(message)
  return true
}

/** The value of the object that the walk is at. */
const putValue = (command: ParsedCommand, bytes: Uint8Array): void => {
  const { layout, at, packed, group, variation } = header
  if (isControl(group, variation) && command.op !== 'write') return putControl(command, bytes, at)
  if (layout === undefined || layout.kind === 'none' || header.sizeOctets > 0) {
    command.unreadable = true
    return
  }
  const value = valueOf(layout, bytes, at, packed)
  command.value(value)
  // What is not finite is no value that a limit was meant for.
  if (!Number.isFinite(value)) command.unreadable = true
}

/** Group 70: one command for each file. */
const readFiles = (
  bytes: Uint8Array,
  end: number,
  code: number,
  sequence: number,
  station: Station,
  message: Message,
): boolean => {
  const op = opOf(code, 70)
  const wanted = requestedBy(code)?.file ?? 0
  // Without a size before each object nothing tells where a name ends.
  if (header.sizeOctets === 0 || header.count < 1 || (wanted !== 0 && header.variation !== wanted)) {
    beginOf(message, op, station)
    return malformed(message)
  }
  for (let turn = 0; turn < header.count; turn++) {
    const command = beginOf(message, op, station)
    if (!header.object(bytes, end, turn, true, message)) return malformed(message)
    if (!readFile(header, bytes, command, sequence, station)) return malformed(message)
  }
  return true
}

/** Objects with their data: what is written or operated. */
const readData = (bytes: Uint8Array, end: number, command: ParsedCommand, message: Message): boolean => {
  const { op } = command
  if (header.count < 0) return malformed(message)
  for (let turn = 0; turn < header.count; turn++) {
    if (!header.object(bytes, end, turn, true, message)) return malformed(message)
    if (op === 'write-time' || header.group === 120) continue
    if (op.endsWith('-application')) command.text('applications', objectText(header, bytes))
    else if (op === 'activate-configuration') command.text('files', objectText(header, bytes))
    else {
      if (header.index >= 0) putPoint(command, header.index)
      putValue(command, bytes)
    }
  }
  return true
}

const takesClass: ReadonlySet<string> = new Set(['read', 'enable-unsolicited', 'disable-unsolicited'])

/** Headers without data: a range, a count, or a list of indexes. */
const readNames = (bytes: Uint8Array, end: number, command: ParsedCommand, message: Message): boolean => {
  if (header.group === 60 && header.variation >= 1 && takesClass.has(command.op))
    command.number('class', header.variation - 1)
  if (header.indexOctets === 0 && header.sizeOctets === 0) {
    if (header.first >= 0) command.span('points', header.first, header.first + header.count - 1)
    return true
  }
  for (let turn = 0; turn < header.count; turn++) {
    if (!header.object(bytes, end, turn, false, message)) return malformed(message)
    if (header.index >= 0) putPoint(command, header.index)
  }
  return true
}

/** Commands that say by themselves what they act on. */
const namesNothing: ReadonlySet<string> = new Set([
  'write-time',
  'write-internal-indications',
  'initialize-application',
  'start-application',
  'stop-application',
  'read-file',
  'write-file',
  'open-file',
  'close-file',
  'delete-file',
  'get-file-info',
  'authenticate-file',
  'abort-file',
  'activate-configuration',
  'authenticate-request',
  'authenticate-request-no-ack',
])

const beginObject = (code: number, station: Station, message: Message): ParsedCommand => {
  const command = beginOf(message, opOf(code, header.group), station)
  return namesNothing.has(command.op) ? command : putObject(command, header)
}

const worksWithFiles = (code: number): boolean =>
  code <= fn.write || (code >= fn.openFile && code <= fn.activateConfiguration)

/** Functions that work with one group of objects only: applications, and authentication. */
const isForeign = (code: number, group: number): boolean =>
  code >= fn.initializeApplication && code <= fn.stopApplication
    ? group !== 90
    : code === fn.activateConfiguration
      ? group !== 110
      : code >= fn.authenticate && group !== 120

const readHeader = (
  bytes: Uint8Array,
  end: number,
  code: number,
  sequence: number,
  assigned: number,
  station: Station,
  message: Message,
): boolean => {
  if (header.group === 70 && worksWithFiles(code)) return readFiles(bytes, end, code, sequence, station, message)
  const command = beginObject(code, station, message)
  if (assigned >= 0) command.number('class', assigned)
  const wanted = requestedBy(code)
  if (wanted?.file !== 0 || header.group === 70 || isForeign(code, header.group)) return malformed(message)
  // What a name of unknown size hides cannot be stepped over.
  if (code === fn.read && header.sizeOctets > 0) return skipObjects(bytes, end, message)
  return wanted.carries === 'data' ? readData(bytes, end, command, message) : readNames(bytes, end, command, message)
}

/** @returns whether a command was found */
const readHeaders = (bytes: Uint8Array, end: number, code: number, station: Station, message: Message): boolean => {
  const sequence = (bytes[0] ?? 0) & application.sequence
  const none = requestedBy(code)?.carries === 'none'
  let found = false
  let assigned = -1
  let at = requestHeader
  while (at < end && message.step()) {
    if (!header.read(bytes, at, end)) {
      if (!none) beginObject(code, station, message)
      malformed(message)
      return true
    }
    if (header.group === 120 && code < fn.authenticate) {
      // Aggressive mode (7.5.2.4): the request is wrapped in what authenticates it.
      beginOf(message, 'authenticate-request', station)
      if (!skipObjects(bytes, end, message)) return found
    } else if (none) {
      malformed(message)
      return true
    } else if (isParameter(code, header.group)) {
      if (code === fn.assignClass) {
        // A class has no points.
        if (header.count >= 0) malformed(message)
        assigned = header.variation - 1
      } else if (!skipObjects(bytes, end, message)) return found
    } else {
      found = true
      if (!readHeader(bytes, end, code, sequence, assigned, station, message)) return true
    }
    at = header.next
  }
  if (!found && assigned >= 0) {
    beginOf(message, opOf(code, 0), station).number('class', assigned)
    return true
  }
  return found
}

/** Functions that do nothing without an object. */
const needsObject = (code: number): boolean =>
  (code >= fn.write && code <= fn.directOperateNoAck) || (code >= fn.openFile && code <= fn.abortFile)

/** Reads the fragment that is octets 0 to `end`. */
export const readRequest = (bytes: Uint8Array, end: number, station: Station, message: Message): void => {
  const control = bytes[0] ?? 0
  const code = bytes[1] ?? 0
  const wanted = requestedBy(code)
  if (end < requestHeader || wanted === undefined) {
    beginOf(message, 'unlisted', station).number('function', code)
    if (end < requestHeader) message.fault = 'malformed'
    return
  }
  // A request is one fragment (4.2.2.4), and only what confirms a report is unsolicited.
  if ((control & application.first) === 0 || (control & application.final) === 0) message.fault = 'malformed'
  if ((control & application.unsolicited) !== 0 && code !== fn.confirm) message.fault = 'malformed'
  if (wanted.carries === 'none') beginOf(message, wanted.op, station)
  const found = readHeaders(bytes, end, code, station, message)
  if (found || wanted.carries === 'none') return
  beginOf(message, wanted.op, station)
  if (needsObject(code)) message.fault = 'malformed'
}
