/** Where public addresses are from, by databases that the operator supplies (MaxMind DB format, files `*.mmdb` in `mmdb` of the state). */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as maxmind from 'maxmind'
import type { Manager } from '../context.ts'

export interface Origin {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
  readonly asn?: number
  readonly organisation?: string
}

interface Answer {
  readonly country?: { readonly iso_code?: unknown }
  readonly autonomous_system_number?: unknown
  readonly autonomous_system_organization?: unknown
}
interface Opened {
  readonly stamp: string
  get(ip: string): unknown
}

/** ms between two looks at the files */
const lookMs = 60_000
const mostFiles = 8

const opened = new WeakMap<object, { at: number; files: ReadonlyMap<string, Opened | undefined> }>()

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.mmdb'))
      .toSorted()
      .slice(0, mostFiles)
  } catch {
    return []
  }
}

/** One file; undefined when it cannot be read, which is looked at again when it changes. */
const openFile = async (path: string, stamp: string): Promise<Opened | undefined> => {
  try {
    const reader = await maxmind.open(path)
    return { stamp, get: (ip) => reader.get(ip) }
  } catch {
    return undefined
  }
}

const filesOf = async ({ state }: Pick<Manager, 'state'>, known: ReadonlyMap<string, Opened | undefined>) => {
  const folder = join(state, 'mmdb')
  const files = new Map<string, Opened | undefined>()
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 }
    const stamp = `${mtimeMs} ${size}`
    const before = known.get(name)
    files.set(name, before?.stamp === stamp ? before : await openFile(path, stamp))
  }
  return files
}

const isAnswer = (value: unknown): value is Answer => typeof value === 'object' && value !== null

const asked = (file: Opened, ip: string): Answer => {
  try {
    const answer = file.get(ip)
    return isAnswer(answer) ? answer : {}
  } catch {
    // A file that is cut short, or an IPv6 address in one of IPv4.
    return {}
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, 100) : undefined)

/** Nothing where no database knows the address, or there is none. */
export const originOf = async (manager: Pick<Manager, 'state'>, ip: string): Promise<Origin> => {
  const now = performance.now()
  let kept = opened.get(manager)
  if (kept === undefined || now - kept.at > lookMs) {
    kept = { at: now, files: await filesOf(manager, kept?.files ?? new Map()) }
    opened.set(manager, kept)
  }
  let origin: Origin = {}
  for (const file of kept.files.values()) {
    if (file === undefined) continue
    const answer = asked(file, ip)
    const country = text(answer.country?.iso_code)
    const { autonomous_system_number: asn } = answer
    const organisation = text(answer.autonomous_system_organization)
    origin = {
      ...origin,
      ...(country === undefined ? {} : { country }),
      ...(typeof asn === 'number' ? { asn } : {}),
      ...(organisation === undefined ? {} : { organisation }),
    }
  }
  return origin
}
