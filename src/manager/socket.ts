import { join } from 'node:path'

/** Where a manager on this machine is asked. Apart from run.ts, so that asking does not load a manager. */
export const socketOf = (state: string): string => join(state, 'manager.sock')
