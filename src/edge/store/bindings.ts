/** Devices accepted in place of an asset's own (`replace-asset`): they override the MACs in the policy until it names others. */
import * as z from 'zod'
import type { Database } from '#sqlite/database.ts'
import { corrupt } from '#sqlite/fault.ts'
import { integer, json, type Row, text } from '#sqlite/row.ts'
import { Overlay } from './overlay.ts'

export interface ReplacedBinding {
  readonly asset: string
  /** Instead of the policy's. Empty: any MAC on the asset's port. */
  readonly macs: readonly string[]
  /** What the policy said then; a policy that says something else is obeyed. */
  readonly replaces: readonly string[]
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: string
  readonly reason: string
}

export interface Bindings {
  set(binding: ReplacedBinding): void
  remove(asset: string): boolean
  list(): readonly ReplacedBinding[]
}

const Macs = z.array(z.string())

export const bindingsOf = (database: Database, overlay = new Overlay()): Bindings => {
  const bindingOf = (row: Row): ReplacedBinding => {
    const macs = Macs.safeParse(json(row, 'macs'))
    const replaces = Macs.safeParse(json(row, 'replaces'))
    if (!macs.success || !replaces.success)
      throw corrupt(database.path, `the binding of ${text(row, 'asset')} cannot be read`)
    return {
      asset: text(row, 'asset'),
      macs: macs.data,
      replaces: replaces.data,
      at: integer(row, 'at'),
      by: text(row, 'ordered_by'),
      reason: text(row, 'reason'),
    }
  }
  return {
    set: ({ asset, macs, replaces, at, by, reason }) => {
      database.atomically(() =>
        database
          .statement(
            'INSERT OR REPLACE INTO bindings (asset, macs, replaces, at, ordered_by, reason) VALUES (?, ?, ?, ?, ?, ?)',
          )
          .run(asset, JSON.stringify(macs), JSON.stringify(replaces), at, by, reason),
      )
    },
    remove: (asset) =>
      database.atomically(() => database.statement('DELETE FROM bindings WHERE asset = ?').run(asset).changes > 0),
    list: () => {
      const { bindings } = overlay.layer
      const stored = database.statement('SELECT * FROM bindings ORDER BY asset').all().map(bindingOf)
      return [
        ...stored.filter(({ asset }) => !bindings.has(asset)),
        ...[...bindings.values()].filter((binding) => binding !== undefined),
      ]
    },
  }
}
