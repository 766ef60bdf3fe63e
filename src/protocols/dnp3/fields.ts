/** How a command names what it touches. */
import type { Message, ParsedCommand } from '#core/message.ts'
import type { ObjectHeader } from './header.ts'
import { objectName } from './objects.ts'
import type { Station } from './state.ts'

/** Source and destination. */
const linkSpans = 2

/** A command of the master, or what answers it: source is the master's address, whichever end speaks. */
export const beginOf = (message: Message, op: string, { master, outstation }: Station): ParsedCommand =>
  message.begin(op).number('source', master).number('destination', outstation)

/** What the outstation says by itself, or what answers an unknown question: source is the outstation's address. */
export const beginFrom = (message: Message, op: string, { master, outstation }: Station): ParsedCommand =>
  message.begin(op).number('source', outstation).number('destination', master)

export const putObject = (command: ParsedCommand, { group, variation }: ObjectHeader): ParsedCommand =>
  command.text('objects', objectName(group, variation))

/** Whether a point can follow in the command: as its first, or next to its last. */
export const continuesWith = ({ spans, spanNames, highs }: ParsedCommand, index: number): boolean =>
  spans === linkSpans || (spanNames[spans - 1] === 'points' && highs[spans - 1] === index - 1)

/** A further point; one that follows the last widens its span. */
export const putPoint = (command: ParsedCommand, index: number): void => {
  if (command.spans > linkSpans && continuesWith(command, index)) command.highs[command.spans - 1] = index
  else command.number('points', index)
}
