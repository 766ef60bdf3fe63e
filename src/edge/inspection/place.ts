/** Where an edge's inspectors find their plan and are found themselves: a folder beside the store. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plan } from '#policy/plan.ts'
import type { InspectorRole } from '#schema/inspection.ts'

/** Number of the first queue by what happens in a failure; the watching inspector has none. */
export const queueBase: Readonly<Record<InspectorRole, number>> = { open: 100, closed: 140, watch: 0 }

export interface Place {
  readonly folder: string
  readonly plan: string
  readonly watchdog: string
  socket(role: InspectorRole, queue: number): string
  /** Connections that must be reset when the inspector of a queue dies. */
  ledger(queue: number): string
  /** What processes said on standard error. */
  readonly logs: { readonly inspector: string; readonly watchdog: string }
}

export const placeAt = (folder: string): Place => ({
  folder,
  plan: join(folder, 'plan.json'),
  watchdog: join(folder, 'watchdog.sock'),
  socket: (role, queue) => join(folder, `${role}-${queue}.sock`),
  ledger: (queue) => join(folder, `ledger-${queue}`),
  logs: { inspector: join(folder, 'inspector.log'), watchdog: join(folder, 'watchdog.log') },
})

export const placeOf = (storePath: string): Place => placeAt(join(dirname(storePath), 'inspection'))

/** Replaces the plan in one step: whoever reads finds the old one or the new one, whole. */
export const writePlan = ({ folder, plan: file }: Place, plan: Plan): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(plan), { mode: 0o600 })
  renameSync(draft, file)
}

/** @returns undefined when there is none */
export const readPlan = ({ plan: file }: Place): Plan | undefined => {
  try {
    const plan: Plan = JSON.parse(readFileSync(file, 'utf8'))
    return plan
  } catch {
    return undefined
  }
}
