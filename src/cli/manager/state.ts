import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { textIn } from '../failure.ts'

export const usualState = '/var/lib/bulkhead/manager'

export interface StateOption {
  readonly state: string
}

export const withState = (command: Command): Command =>
  command.option('--state <directory>', 'where the manager of this machine has its memory', usualState)

export const stateOf = ({ state }: StateOption): string => resolve(state)

/** A password from the first line of a file; `-` is standard input. It never stands on a command line, which others can read. */
export const passwordFrom = (file: string): string => {
  const [line = ''] = textIn(file).split('\n', 1)
  if (line === '')
    throw new Fault('usage', `There is no password in the first line of ${file === '-' ? 'standard input' : file}.`, {
      advice: 'Write it there, or name another file with --password-file.',
    })
  return line.replace(/\r$/, '')
}
