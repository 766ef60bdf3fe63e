/** Jobs (ROSCTR 1): what one end asks the other to do. Parameters stand from `at` (the function code) to `stop`, data to `end`. */
import { u16be } from '#core/bytes.ts'
import { Interned } from '#core/intern.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import { blockName, onBlock, onFile } from './blocks.ts'
import type { S7State } from './state.ts'
import { readVariables } from './variables.ts'

export const code = {
  setup: 0xf0,
  read: 0x04,
  write: 0x05,
  invoke: 0x28,
  stop: 0x29,
  download: 0x1b,
  ended: 0x1c,
}

/** Functions that name a file: status, error, identifier, then the length of the name and the name. */
const transfers: Readonly<Record<number, string>> = {
  0x1a: 'request-download',
  0x1b: 'download',
  0x1c: 'download-ended',
  0x1d: 'start-upload',
}
const ongoing: Readonly<Record<number, string>> = { 0x1e: 'upload', 0x1f: 'end-upload' }
/** Bytes of the two functions of an upload under way, and where the length of a file name stands in the others. */
const fileHeader = 8

const names = new Interned()
/** Program invocations that change more than their name says, by name. A map, since names are the sender's: `__proto__` is one, too. */
const invocations: ReadonlyMap<string, string> = new Map([
  ['P_PROGRAM', 'plc-start'],
  ['_INSE', 'activate-block'],
  ['_DELE', 'delete-block'],
  ['_GARB', 'compress-memory'],
  ['_MODU', 'copy-ram-to-rom'],
])

const exactly = (length: number, wanted: number, message: Message): void => {
  if (length !== wanted) message.fault = 'malformed'
}

const readTransfer = (
  op: string,
  bytes: Uint8Array,
  at: number,
  stop: number,
  state: S7State,
  message: Message,
): void => {
  const name = at + fileHeader + 1
  const size = name > stop ? stop : (bytes[name - 1] ?? 0)
  const command = message.begin(op)
  if (name + size > stop) message.fault = 'malformed'
  else {
    onFile(command, bytes, name, size)
    // For the response: it names no block.
    if (command.spans === 1 && command.texts === 1) {
      message.notes[0] = 1 + (command.lows[0] ?? 0)
      message.notes[1] = bytes[name + 2] ?? 0
    }
  }
  state.called.onto(command)
  const rest = name + size
  // A request to download goes on with the sizes of the block.
  if (op === 'request-download' && rest < stop) exactly(rest + 1 + (bytes[rest] ?? 0), stop, message)
  else exactly(rest, stop, message)
}

/** `C ` starts cold, nothing warm; anything else is not known. */
const onRestart = (command: ParsedCommand, bytes: Uint8Array, at: number, size: number): void => {
  if (size === 0) command.text('restart', 'warm')
  else if (size === 2 && bytes[at] === 0x43 && bytes[at + 1] === 0x20) command.text('restart', 'cold')
}

/** Blocks that are linked in or deleted: their number, a zero, and their names. */
const readBlocks = (
  op: string,
  bytes: Uint8Array,
  at: number,
  size: number,
  state: S7State,
  message: Message,
): void => {
  const count = bytes[at] ?? 0
  if (count === 0 || size !== 2 + blockName * count) {
    state.called.onto(message.begin(op))
    message.fault = 'malformed'
    return
  }
  for (let index = 0; index < count && message.step(); index++)
    state.called.onto(onBlock(message.begin(op), bytes, at + 2 + blockName * index))
}

/** 0x28: seven bytes, the length of an argument and the argument, the length of a name and the name. */
const readInvocation = (bytes: Uint8Array, at: number, stop: number, state: S7State, message: Message): void => {
  const size = u16be(bytes, at + 8)
  const argument = at + 10
  const name = argument + size + 1
  if (at + 10 > stop || name > stop || name + (bytes[name - 1] ?? 0) !== stop) {
    state.called.onto(message.begin('pi-service'))
    message.fault = 'malformed'
    return
  }
  const text = names.text(bytes, name, stop)
  const op = invocations.get(text) ?? 'pi-service'
  if (op === 'activate-block' || op === 'delete-block') return readBlocks(op, bytes, argument, size, state, message)
  const command = state.called.onto(message.begin(op))
  if (op === 'plc-start') onRestart(command, bytes, argument, size)
  if (op === 'pi-service') command.text('pi', text)
}

/** 0x29: five bytes, the length of a name and the name. */
const readStop = (bytes: Uint8Array, at: number, stop: number, state: S7State, message: Message): void => {
  state.called.onto(message.begin('plc-stop'))
  if (stop > at + 6) exactly(at + 7 + (bytes[at + 6] ?? 0), stop, message)
}

export const readJob = (
  bytes: Uint8Array,
  at: number,
  stop: number,
  end: number,
  state: S7State,
  message: Message,
): void => {
  const job = at < stop ? (bytes[at] ?? 0) : 0
  const size = stop - at
  message.notes[3] = job
  const count = size < 2 ? 0 : (bytes[at + 1] ?? 0)
  if (job === code.write) return readVariables('write-var', bytes, at + 2, stop, count, stop, end, state, message)
  // Nothing else carries data to the device; what is there all the same would not be seen.
  const known = job === code.read || job === code.setup || job === code.invoke || job === code.stop
  const transfer = transfers[job]
  const upload = ongoing[job]
  if (end !== stop && (known || transfer !== undefined || upload !== undefined)) message.fault = 'malformed'
  if (job === code.read) {
    readVariables('read-var', bytes, at + 2, stop, count, -1, end, state, message)
    if (message.fault !== undefined) return
    message.notes[0] = state.items.keep(bytes, at + 2, stop)
    message.notes[1] = count
    message.notes[2] = stop - at - 2
    return
  }
  if (transfer !== undefined) return readTransfer(transfer, bytes, at, stop, state, message)
  if (upload !== undefined) {
    state.called.onto(message.begin(upload))
    return exactly(size, fileHeader, message)
  }
  if (job === code.invoke) return readInvocation(bytes, at, stop, state, message)
  if (job === code.stop) return readStop(bytes, at, stop, state, message)
  if (job === code.setup) {
    state.called.onto(message.begin('setup-communication'))
    return exactly(size, 8, message)
  }
  const command = message.begin('unlisted')
  if (size > 0) command.number('function', job)
  state.called.onto(command)
}
