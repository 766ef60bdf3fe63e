/** Applied policies: what runs, what waits for confirmation and until when, what to go back to. */
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Plan } from '#policy/plan.ts'
import type { Database } from '#sqlite/database.ts'
import { corrupt } from '#sqlite/fault.ts'
import { bytes, integer, oneOf, optional, type Row, text } from '#sqlite/row.ts'

const planStates = ['pending', 'confirmed', 'rolled-back', 'superseded'] as const
export type PlanState = (typeof planStates)[number]

export interface AppliedPlan {
  readonly id: number
  readonly digest: string
  readonly state: PlanState
  /** Milliseconds since 1970, like all times here. */
  readonly appliedAt: number
  readonly by: string
  /** When a pending plan is rolled back unless confirmed. */
  readonly deadline?: number
  readonly settledAt?: number
  readonly settledBy?: string
  readonly why?: string
}

export interface StagedPlan {
  /** The policy document as its author wrote it. */
  readonly source: string
  readonly plan: Plan
  /** Absent: confirmed at once (the first plan, or when the operator says so). */
  readonly deadline?: number
  readonly by: string
  readonly at: number
}

export interface Plans {
  /** Records a plan that is about to be loaded. A pending one before it is superseded; the confirmed one stays what to go back to. */
  stage(staged: StagedPlan): AppliedPlan
  /** Makes the pending plan the confirmed one. Nothing pending: undefined. */
  confirm(by: string, at: number): AppliedPlan | undefined
  /** Gives the pending plan up. Nothing pending, or another one than is meant: undefined. */
  rollBack(by: string, at: number, why: string, meant?: number): AppliedPlan | undefined
  pending(): AppliedPlan | undefined
  confirmed(): AppliedPlan | undefined
  /** What should be in the kernel now: the pending plan, else the confirmed one. */
  current(): AppliedPlan | undefined
  /** Newest first. */
  history(limit?: number): readonly AppliedPlan[]
  /** Plan and policy text; undefined for old ones, of which only the record is kept. */
  load(id: number): { readonly plan: Plan; readonly source: string } | undefined
}

/** So many plans keep their content. */
const kept = 10
const columns = 'id, digest, state, applied_at, applied_by, deadline, settled_at, settled_by, why'

const appliedPlan = (row: Row): AppliedPlan => ({
  id: integer(row, 'id'),
  digest: text(row, 'digest'),
  state: oneOf(row, 'state', planStates),
  appliedAt: integer(row, 'applied_at'),
  by: text(row, 'applied_by'),
  ...optional(row, 'deadline', 'deadline', integer),
  ...optional(row, 'settled_at', 'settledAt', integer),
  ...optional(row, 'settled_by', 'settledBy', text),
  ...optional(row, 'why', 'why', text),
})

// Level 1: a plan of 100,000 permits must not hold up an apply.
const packed = (content: string): Uint8Array => gzipSync(content, { level: 1 })

export const plansOf = (database: Database): Plans => {
  const one = (where: string): AppliedPlan | undefined => {
    const row = database.statement(`SELECT ${columns} FROM plans WHERE ${where} ORDER BY id DESC LIMIT 1`).get()
    return row === undefined ? undefined : appliedPlan(row)
  }
  const byId = (id: number): AppliedPlan => {
    const row = database.statement(`SELECT ${columns} FROM plans WHERE id = ?`).get(id)
    if (row === undefined) throw corrupt(database.path, `plan ${id} is gone`)
    return appliedPlan(row)
  }
  const settle = (id: number, state: PlanState, by: string, at: number, why: string | null): void => {
    database
      .statement('UPDATE plans SET state = ?, settled_at = ?, settled_by = ?, why = ? WHERE id = ?')
      .run(state, at, by, why, id)
  }
  const pending = () => one("state = 'pending'")
  const confirmed = () => one("state = 'confirmed'")
  const forgetOld = (): void => {
    database
      .statement(
        `UPDATE plans SET source = NULL, plan = NULL WHERE plan IS NOT NULL AND state IN ('superseded', 'rolled-back')
         AND id <= (SELECT max(id) FROM plans) - ?`,
      )
      .run(kept)
  }

  return {
    pending,
    confirmed,
    current: () => pending() ?? confirmed(),
    stage: ({ source, plan, deadline, by, at }) => {
      const content = packed(JSON.stringify(plan))
      return database.atomically(() => {
        const replaced = [pending(), deadline === undefined ? confirmed() : undefined]
        for (const old of replaced) if (old !== undefined) settle(old.id, 'superseded', by, at, null)
        const { rowid } = database
          .statement(
            `INSERT INTO plans (digest, state, applied_at, applied_by, deadline, settled_at, settled_by, source, plan)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          )
          .run(
            plan.digest,
            deadline === undefined ? 'confirmed' : 'pending',
            at,
            by,
            deadline ?? null,
            deadline === undefined ? at : null,
            deadline === undefined ? by : null,
            packed(source),
            content,
          )
        forgetOld()
        return byId(rowid)
      })
    },
    confirm: (by, at) =>
      database.atomically(() => {
        const waiting = pending()
        if (waiting === undefined) return undefined
        const old = confirmed()
        if (old !== undefined) settle(old.id, 'superseded', by, at, null)
        settle(waiting.id, 'confirmed', by, at, null)
        return byId(waiting.id)
      }),
    rollBack: (by, at, why, meant) =>
      database.atomically(() => {
        const waiting = pending()
        if (waiting === undefined || (meant !== undefined && waiting.id !== meant)) return undefined
        settle(waiting.id, 'rolled-back', by, at, why)
        return byId(waiting.id)
      }),
    history: (limit = 20) =>
      database.statement(`SELECT ${columns} FROM plans ORDER BY id DESC LIMIT ?`).all(limit).map(appliedPlan),
    load: (id) => {
      const row = database.statement('SELECT digest, source, plan FROM plans WHERE id = ? AND plan IS NOT NULL').get(id)
      if (row === undefined) return undefined
      try {
        // gzip carries a CRC-32, so a plan that rotted on disk is noticed here and never loaded.
        const plan: Plan = JSON.parse(gunzipSync(bytes(row, 'plan')).toString())
        if (plan.digest !== text(row, 'digest')) throw corrupt(database.path, `plan ${id} is another one than recorded`)
        return { plan, source: gunzipSync(bytes(row, 'source')).toString() }
      } catch (error) {
        throw error instanceof SyntaxError || (error instanceof Error && 'errno' in error)
          ? corrupt(database.path, `the content of plan ${id} cannot be read`)
          : error
      }
    },
  }
}
