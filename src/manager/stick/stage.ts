/** Files of edges on their way in. They wait on the disk until they are whole: nothing of one is taken before its hash is right. */
import { verify } from 'node:crypto'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { UpBundle } from '#schema/link-bundles.ts'
import { type Signed, signedText } from '#schema/link-objects.ts'
import { newId } from '../accounts/ids.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { deviceKey } from '../tls/svid.ts'

export interface Staged {
  readonly id: string
  readonly edge: EdgeRef
  readonly path: string
  readonly bundle: Readonly<{ at: number; lines: number; hash: string }>
  bytes: number
  /** Last time that somebody asked for it. */
  used: number
  /** Whole, and as it was signed. */
  checked: boolean
  /** Of what was taken: place in the file, and counts. */
  offset: number
  store: string | undefined
  lines: number
  events: number
  reports: number
  busy: boolean
}

/** An edge keeps 256 MB of events by default, and JSON in JSON is longer. */
const longest = 1 << 30
const atOnce = 4
const idleMs = 10 * 60_000

interface Stages {
  readonly folder: string
  readonly files: Map<string, Staged>
}
const all = new WeakMap<Manager, Stages>()

const stagesOf = (manager: Manager): Stages => {
  const known = all.get(manager)
  if (known !== undefined) return known
  const folder = join(manager.state, 'sticks')
  // What a process before this one left is of no use any more.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  const made = { folder, files: new Map<string, Staged>() }
  all.set(manager, made)
  return made
}

export const refusedFile = (why: string): Fault =>
  new Fault('refused', `The file was refused: ${why}. Nothing of it was taken.`, {
    advice: 'Export it again at the edge.',
  })

export const drop = (manager: Manager, { id, path }: Staged): void => {
  stagesOf(manager).files.delete(id)
  rmSync(path, { force: true })
}

const tidy = (manager: Manager): void => {
  for (const one of stagesOf(manager).files.values())
    if (!one.busy && manager.now() - one.used > idleMs) drop(manager, one)
}

const bundleIn = (body: string): UpBundle => {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw refusedFile('it does not begin as a file of an edge does')
  }
  const bundle = UpBundle.safeParse(value)
  if (!bundle.success) throw refusedFile('it does not begin as a file of an edge does')
  return bundle.data
}

/**
 * Begins with the first line of a file.
 * @throws Fault `refused`, in the same words whether the edge is unknown, revoked or another signed; `too-many-requests`
 */
export const begin = async (manager: Manager, head: Signed): Promise<Staged> => {
  const { site, edge, at, lines, hash } = bundleIn(head.body)
  const row = await manager.db
    .selectFrom('edges')
    .select(['id', 'public_key', 'revoked'])
    .where('site', '=', site)
    .where('name', '=', edge)
    .executeTakeFirst()
  const signature = Buffer.from(head.signature, 'base64')
  if (
    row === undefined ||
    row.public_key === null ||
    row.revoked !== null ||
    !verify('sha256', Buffer.from(signedText(head.body)), deviceKey(row.public_key).key, signature)
  )
    throw refusedFile('it is not signed with the key of an edge that may be here')
  tidy(manager)
  const { folder, files } = stagesOf(manager)
  if (files.size >= atOnce)
    throw new Fault('too-many-requests', 'There are too many files under way.', {
      advice: 'Wait 60 s, then try again.',
    })
  const id = newId(manager.now())
  const path = join(folder, id)
  writeFileSync(path, '', { mode: 0o600 })
  const staged: Staged = {
    id,
    edge: { id: row.id, site, edge },
    path,
    bundle: { at, lines, hash },
    bytes: 0,
    used: manager.now(),
    checked: false,
    offset: 0,
    store: undefined,
    lines: 0,
    events: 0,
    reports: 0,
    busy: false,
  }
  files.set(id, staged)
  return staged
}

/** @throws Fault `not-found` */
export const stagedAs = (manager: Manager, id: string): Staged => {
  const staged = stagesOf(manager).files.get(id)
  if (staged === undefined)
    throw new Fault('not-found', 'There is no such file under way at this manager.', {
      advice: 'Begin again with its first line, at one manager.',
    })
  staged.used = manager.now()
  return staged
}

/** @returns the bytes that are there now */
export const append = (manager: Manager, staged: Staged, at: number, text: string): number => {
  if (staged.checked || staged.busy || at !== staged.bytes)
    throw new Fault('conflict', `The file has ${staged.bytes} bytes here; a part for ${at} does not follow.`, {
      advice: 'Begin again with its first line.',
    })
  const bytes = Buffer.from(text)
  if (staged.bytes + bytes.length > longest) {
    drop(manager, staged)
    throw refusedFile(`it is longer than ${longest >> 20} MB`)
  }
  try {
    appendFileSync(staged.path, bytes)
  } catch (error) {
    drop(manager, staged)
    throw new Fault('disk-full', 'The file could not be kept in the state directory.', { cause: error })
  }
  staged.bytes += bytes.length
  return staged.bytes
}
