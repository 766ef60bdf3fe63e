/** What every message keeps to, whatever the bytes were. */
import type { ParsedCommand } from '#core/message.ts'
import { messageFaults } from '#core/message.ts'
import type { Vocabulary } from '#core/protocol.ts'
import type { CountingMessage } from './counting-message.ts'
import { problem, type Problem } from './problem.ts'

const commandsAtMost = 4096
const valuesAtMost = 4096
/** Loops that still end after the budget is used up: one turn each of those around the one that noticed. */
const slack = 4096

const fieldProblem = (
  command: ParsedCommand,
  allowed: readonly string[] | undefined,
  isReport: boolean,
): Problem | undefined => {
  for (let index = 0; index < command.spans; index++) {
    const name = command.spanNames[index] ?? ''
    const low = command.lows[index] ?? Number.NaN
    const high = command.highs[index] ?? Number.NaN
    if (allowed?.includes(name) === false) return problem(`${command.op} has no constraint ${name}`)
    if (!(low <= high)) return problem(`a span of ${command.op} runs from low to high`, `${name} ${low}-${high}`)
  }
  for (let index = 0; index < command.texts; index++) {
    const name = command.textNames[index] ?? ''
    if (allowed?.includes(name) === false) return problem(`${command.op} has no constraint ${name}`)
  }
  // What a server reports has values that no rule narrows.
  if (!isReport && allowed?.includes('values') === false && command.valueCount > 0)
    return problem(`${command.op} has no constraint values`)
  if (command.valueCount > valuesAtMost) return problem('values are bounded', command.valueCount)
  return undefined
}

export const messageProblem = (
  { ops }: Vocabulary,
  message: CountingMessage,
  fromClient: boolean,
  framed: boolean,
): Problem | undefined => {
  if (message.fault !== undefined && !Object.hasOwn(messageFaults, message.fault))
    return problem('a fault is one of the list', message.fault)
  if (message.count > commandsAtMost) return problem('commands are bounded', message.count)
  if (message.refused && message.role !== 'response') return problem('only a response refuses', message.role)
  if (message.overrun > slack) return problem('loops end when the steps are used up', message.overrun)
  for (let index = 0; index < message.count; index++) {
    const command = message.commands[index]
    if (command === undefined) return problem('every command counted is there', index)
    if (!Object.hasOwn(ops, command.op)) return problem('every op is in the vocabulary', command.op)
    // An answer may show more than its request could be narrowed by.
    const allowed = message.role === 'response' ? undefined : (ops[command.op]?.constraints ?? [])
    const found = fieldProblem(command, allowed, ops[command.op]?.from !== undefined)
    if (found !== undefined) return found
  }
  if (framed && fromClient && message.role === 'request' && message.count === 0 && message.fault === undefined)
    return problem('a request asks for something, or is at fault')
  return undefined
}

/** What a message says, in a line. What was asked for by one at fault is not compared: it is not judged. */
export const messageText = (message: CountingMessage): string => {
  if (message.fault !== undefined) return 'fault'
  const commands = message.commands.slice(0, message.count).map((command) => {
    const spans = command.spanNames
      .slice(0, command.spans)
      .map((name, index) => `${name}=${command.lows[index]}-${command.highs[index]}`)
    const texts = command.textNames.slice(0, command.texts).map((name, index) => `${name}=${command.textValues[index]}`)
    const values = [...command.values.subarray(0, command.valueCount)].join(',')
    return `${command.op} ${[...spans, ...texts].join(' ')} ${values}${command.unreadable ? ' unreadable' : ''}`
  })
  return `${message.role} ${message.transaction} ${message.more} ${message.refused} ${commands.join('; ')}`
}
