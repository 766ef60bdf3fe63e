import { resolve } from 'node:path'
import type { Command } from 'commander'

export const usualState = '/var/lib/bulkhead/manager'

export interface StateOption {
  readonly state: string
}

export const withState = (command: Command): Command =>
  command.option('--state <directory>', 'where the manager of this machine has its memory', usualState)

export const stateOf = ({ state }: StateOption): string => resolve(state)
