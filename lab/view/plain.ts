/** The story line by line: for pipes, logs and terminals that cannot be redrawn. */
import { legible } from '#core/legible.ts'
import type { Message } from '../messages.ts'
import type { View } from './live.ts'
import { eventLine } from './panels.ts'
import { invitation, summary } from './summary.ts'
import { commandLine, sameness } from './model.ts'
import { toAnsi, type Line } from './text.ts'

export interface PlainOptions {
  readonly colour: boolean
  /** The plant stays up after the story. */
  readonly stays: boolean
}

export const plainView = (write: (text: string) => void, { colour, stays }: PlainOptions): View => {
  let timezone = 'UTC'
  /** Events of a chapter are told once each; a flood has thousands of the same. */
  const told = new Set<string>()
  const line = (spans: Line): void => write(`${toAnsi(spans, colour).trimEnd()}\n`)
  const show = (message: Message): void => {
    switch (message.type) {
      case 'step':
        return line([[`… ${message.text}`, 'dim']])
      case 'up':
        timezone = message.timezone
        return line([[`${message.site} is up: ${message.machines.map(({ name }) => name).join(', ')}`, 'bold']])
      case 'chapter':
        told.clear()
        line([])
        return line([[`${message.number}/${message.of} ${message.title}`, 'bold']])
      case 'say':
        return line([`  ${message.text}`])
      case 'tool':
        return line([[`  ${message.host}$ `, 'magenta'], legible(commandLine(message.argv))])
      case 'check':
        return line([message.ok ? ['  ✓ ', 'green'] : ['  ✗ ', ['bold', 'red']], legible(message.text)])
      case 'event':
        if (told.has(sameness(message.event))) return undefined
        told.add(sameness(message.event))
        return line(['   ', ...eventLine(message.event, timezone)])
      case 'figures':
        line([])
        for (const row of summary(message.figures)) line(row)
        if (stays) for (const text of ['', ...invitation]) line([text])
        return undefined
      case 'chapter-end':
      case 'status':
      case 'polls':
      case 'manager':
      case 'fault':
        return undefined
    }
  }
  return { show, close: () => {} }
}
