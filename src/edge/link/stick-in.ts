/** A file from a manager that cannot be reached: what it would have sent, signed with its key. */
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { StickReport } from '#schema/control.ts'
import { DownBundle } from '#schema/link-bundles.ts'
import { ToEdge } from '#schema/link-frames.ts'
import { Signed } from '#schema/link-objects.ts'
import type { Store } from '../store/open.ts'
import type { EdgeLink } from './link.ts'
import { openedFor, signerOf } from './verify.ts'

const invalid = (name: string, why: string): Fault =>
  new Fault('refused', `${name} was refused: ${why}. Nothing of it was carried out.`, {
    advice: 'Export it again at the manager, for this edge.',
  })

const documentOf = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/**
 * Everything is verified before anything is carried out.
 * @param name of the file, for whoever gave it
 * @throws Fault `refused`
 */
export const importStick = async (
  name: string,
  file: Uint8Array,
  link: EdgeLink,
  store: Pick<Store, 'outbox'>,
): Promise<StickReport> => {
  const text = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString()
  const end = text.indexOf('\n')
  const head = Signed.safeParse(documentOf(text.slice(0, end < 0 ? 0 : end)))
  if (!head.success) throw invalid(name, 'it does not begin as such a file does')
  const enrolled = link.session.enrolled()
  const bundle = openedFor(signerOf(enrolled.signer), enrolled, head.data, DownBundle)
  if (!bundle.ok) throw invalid(name, bundle.error)
  const body = text.slice(end + 1)
  const lines = body.split('\n').filter((line) => line !== '')
  const { hash, lines: count, acknowledged } = bundle.value
  if (lines.length !== count || sha256(body) !== hash) throw invalid(name, 'its lines are not those that were signed')
  const frames = lines.map((line) => {
    const frame = ToEdge.safeParse(documentOf(line))
    if (!frame.success) throw invalid(name, 'a line is no frame of this version')
    return frame.data
  })
  for (const frame of frames) {
    if (frame.type === 'policy' || frame.type === 'confirm' || frame.type === 'state') await link.take(frame)
    else if (frame.type === 'svid') link.session.renew(frame)
  }
  const cursors = acknowledged[store.outbox.id()]
  if (cursors !== undefined) store.outbox.advance(cursors)
  const revisions = Object.entries(link.have())
    .map(([stream, revision]) => `${stream} ${revision}`)
    .join(', ')
  return { path: name, lines: frames.length, events: 0, text: `this edge now has ${revisions}` }
}
