/** Where an edge's inspectors find their plan and are found themselves: a folder beside the store. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** Writes over a file what is as long as it, for which a full disk has room. */
const overwrite = (file: string, bytes: Uint8Array): void => {
  const fd = openSync(file, 'r+')
  try {
    writeFileSync(fd, bytes)
  } finally {
    closeSync(fd)
  }
}

/**
 * Replaces the plan in one step: whoever reads finds the old one or the new one, whole. The file never gets shorter, blanks make up for
 * it: so whichever plan was there once has room on a full disk, where it is written over the one that is there.
 */
export const writePlan = ({ folder, plan: file }: Place, plan: Plan): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  const text = Buffer.from(JSON.stringify(plan))
  const longest = sizeOf(file)
  const bytes = Buffer.alloc(Math.max(longest, text.length), ' ')
  text.copy(bytes)
  try {
    writeFileSync(draft, bytes, { mode: 0o600 })
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    if (bytes.length > longest) throw error
    overwrite(file, bytes)
  }
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
