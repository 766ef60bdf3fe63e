/** A file from a manager that cannot be reached: what it would have sent, signed with its key. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Fault } from '#core/errors.ts'
import type { StickReport } from '#schema/control.ts'
import { DownBundle } from '#schema/link-bundles.ts'
import { ToEdge } from '#schema/link-frames.ts'
import { Signed } from '#schema/link-objects.ts'
import { frameLimit } from '#schema/link-values.ts'
import type { Store } from '../store/open.ts'
import type { EdgeLink } from './link.ts'
import { openedFor, signerOf } from './verify.ts'

/** Bytes of a file: a policy and three whole snapshots fit. */
const longest = 8 * frameLimit.toEdge

const invalid = (path: string, why: string): Fault =>
  new Fault('refused', `${path} was refused: ${why}. Nothing of it was carried out.`, {
    advice: 'Export it again at the manager, for this edge.',
  })

const readBounded = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > longest) throw invalid(path, `it is longer than ${longest >> 20} MB`)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    throw error instanceof Fault
      ? error
      : new Fault('file-unreadable', `${path} cannot be read.`, {
          cause: error,
          details: [error instanceof Error ? error.message : String(error)],
        })
  }
}

const documentOf = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Everything is verified before anything is carried out. @throws Fault `refused`, `file-unreadable` */
export const importStick = async (path: string, link: EdgeLink, store: Pick<Store, 'outbox'>): Promise<StickReport> => {
  const text = await readBounded(path)
  const end = text.indexOf('\n')
  const head = Signed.safeParse(documentOf(text.slice(0, end < 0 ? 0 : end)))
  if (!head.success) throw invalid(path, 'it does not begin as such a file does')
  const enrolled = link.session.enrolled()
  const bundle = openedFor(signerOf(enrolled.signer), enrolled, head.data, DownBundle)
  if (!bundle.ok) throw invalid(path, bundle.error)
  const body = text.slice(end + 1)
  const lines = body.split('\n').filter((line) => line !== '')
  const { hash, lines: count, acknowledged } = bundle.value
  if (lines.length !== count || createHash('sha256').update(body).digest('hex') !== hash)
    throw invalid(path, 'its lines are not those that were signed')
  const frames = lines.map((line) => {
    const frame = ToEdge.safeParse(documentOf(line))
    if (!frame.success) throw invalid(path, 'a line is no frame of this version')
    return frame.data
  })
  for (const frame of frames) {
    if (frame.type === 'policy' || frame.type === 'confirm' || frame.type === 'state') await link.take(frame)
    else if (frame.type === 'svid') link.session.renew(frame)
  }
  const cursors = acknowledged[store.outbox.id()]
  if (cursors !== undefined) store.outbox.advance(cursors)
  const revisions = Object.entries(link.have())
    .map(([name, revision]) => `${name} ${revision}`)
    .join(', ')
  return { path, lines: frames.length, events: 0, text: `this edge now has ${revisions}` }
}
