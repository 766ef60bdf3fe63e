/** Which store is meant: the audit commands read it from disk, so they work without a daemon. */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'

export const stateRoot = '/var/lib/bulkhead'
const database = 'edge.db'

export interface StateTarget {
  readonly state?: string
  readonly edge?: string
}

/** Adds the options that say whose record is meant. */
export const withState = (command: Command): Command =>
  command
    .option('--edge <name>', 'which edge of this machine, when there are several')
    .option('--state <directory>', `its state directory (default: ${stateRoot}/NAME)`)

const storesIn = (root: string): string[] => {
  try {
    return readdirSync(root).filter((name) => existsSync(join(root, name, database)))
  } catch {
    return []
  }
}

const at = (folder: string) => ({ folder, path: join(folder, database) })

/**
 * The state directory and the database in it.
 * @throws Fault `not-found` when there is none, `usage` when there are several
 */
export const storeOf = (target: StateTarget, root = stateRoot): { readonly folder: string; readonly path: string } => {
  if (target.state !== undefined) {
    const found = at(resolve(target.state))
    if (existsSync(found.path)) return found
    throw new Fault('not-found', `There is no record in ${found.folder}: ${database} is not there.`, {
      advice: 'Name the directory that `bulkhead edge run --state` was given.',
    })
  }
  if (target.edge !== undefined) return storeOf({ state: join(root, target.edge) })
  const found = storesIn(root).toSorted()
  if (found.length === 1) return at(join(root, found[0] ?? ''))
  if (found.length === 0) {
    throw new Fault('not-found', `No edge has run here: there is no record in ${root}.`, {
      advice: 'Name its state directory with --state.',
    })
  }
  throw new Fault('usage', 'Several edges have run here.', { details: found, advice: 'Say which one with --edge.' })
}
