/** Where the edge that is meant keeps its memory, when there is no daemon to ask. */
import { basename, dirname, join, resolve } from 'node:path'
import { type StateTarget, stateRoot, storeOf } from '../audit/state.ts'
import { runFolder, socketOf, type Target } from './connection.ts'

/** What a lookup finds; nothing where it is refused: whoever asks here is in a hurry and can do without. */
const found = (lookup: () => string | undefined): string | undefined => {
  try {
    return lookup()
  } catch {
    return undefined
  }
}

/**
 * The state directory: --state, else by the name of the edge, which its socket has, else the only one with a store. A manager or a
 * second edge may keep its memory beside it.
 * @returns undefined where several are possible, or none
 */
export const memoryOf = (
  { state, ...target }: Target & Pick<StateTarget, 'state'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root = stateRoot,
): string | undefined => {
  if (state !== undefined) return resolve(state)
  const socket = found(() => socketOf(target, environment))
  if (socket !== undefined && dirname(resolve(socket)) === runFolder) return join(root, basename(socket, '.sock'))
  return found(() => storeOf({}, root).folder)
}
