/** What userdata asks for. Its data, when there is any, stands from `at` (after the data header) to `end`. */
import { u16be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import { blockName, onBlock, onBlockType } from './blocks.ts'
import type { S7State } from './state.ts'
import { readWatched } from './watch-table.ts'
import { readVariables } from './variables.ts'

/** What a further part of an answer is asked by: a status list, or a type of blocks. -1 for nothing. */
const subjectOf = (op: string, bytes: Uint8Array, at: number, end: number): number =>
  end - at >= (op === 'read-szl' ? 4 : 2) ? u16be(bytes, at) : -1

const typeCharacters = new Uint8Array(2)

const onSubject = (command: ParsedCommand, subject: number): void => {
  if (subject < 0) return
  if (command.op === 'read-szl') command.number('szl', subject)
  else {
    typeCharacters[0] = subject >> 8
    typeCharacters[1] = subject
    onBlockType(command, typeCharacters, 0)
  }
}

/** What only a device sends has no constraint of the connection, also when a client sends it. */
const reports: ReadonlySet<string> = new Set(['mode-transition', 'diagnostic-message', 'alarm-indication'])

/**
 * @param sequence of the answer whose further part is asked for; 0 in a first request
 * @param op the op of this group and sub-function
 */
export const readUserdata = (
  op: string,
  groupCode: number,
  sub: number,
  sequence: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  state: S7State,
  message: Message,
): void => {
  if (op === 'variable-status' || op === 'modify-variable' || op === 'force')
    return readWatched(op, bytes, at, end, state, message)
  // 0x05 and 0x07 of this group too: count, time base, factor, items.
  if (op === 'cyclic-transfer' || op === 'change-driven-transfer')
    return readVariables(op, bytes, at + 4, end, u16be(bytes, at), -1, end, state, message)
  const command = message.begin(op)
  if (op === 'read-szl' || op === 'list-blocks-of-type') {
    let subject = subjectOf(op, bytes, at, end)
    if (subject < 0 && sequence !== 0) subject = state.followed.find(sequence)
    onSubject(command, subject)
    message.notes[0] = subject
  } else if (op === 'get-block-info') {
    if (end - at === blockName) onBlock(command, bytes, at)
  } else if (op === 'block-status') {
    // Sub-function 0x13 names the block after ten parameters; where 0x01 does is not known.
    if (sub === 0x13 && u16be(bytes, at) >= 24 && end - at >= 28) command.number('block', u16be(bytes, at + 26))
  } else if (op === 'unlisted-userdata') command.number('function', groupCode).number('subfunction', sub)
  if (!reports.has(op)) state.called.onto(command)
}
