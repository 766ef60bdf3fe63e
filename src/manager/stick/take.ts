/** Takes what a file of an edge holds as if it had come over the link: events once, reports, the digest. */
import { Fault } from '#core/errors.ts'
import { stateStreams } from '#schema/link-objects.ts'
import type { StickTaken } from '#schema/manager-stick.ts'
import type { Manager } from '../context.ts'
import { ingest } from '../events/ingest.ts'
import { type FrameOf, readFrame } from '../link/frames.ts'
import { policyFrames, policyReported } from '../policies/desired.ts'
import { raiseHead, readHeads } from '../state/heads.ts'
import { stateReported } from '../state/report.ts'
import { fileHash, linesFrom } from './lines.ts'
import { drop, refusedFile, type Staged } from './stage.ts'

/** ms of one request: the client asks again, and can say how far it is. */
const turnMs = 3000
/** Reports that are written together. */
const reportsAtOnce = 500

/** A line that is none of this protocol ends it; what was taken before it is stored, and comes again without harm. */
const broken = (staged: Staged, what: string): Fault =>
  new Fault(
    'request-malformed',
    `Line ${staged.lines + 2} of the file is none of this protocol: ${what}.`.slice(0, 400),
    {
      advice: 'Edge and manager are of versions that do not fit together: upgrade the older one.',
    },
  )

const noteSeen = async ({ db, now }: Manager, { edge, bundle }: Staged, version: string): Promise<void> => {
  const at = new Date(Math.min(bundle.at, now()))
  await db
    .updateTable('edges')
    .set({ seen: at, version })
    .where('id', '=', edge.id)
    .where((row) => row.or([row('seen', 'is', null), row('seen', '<', at)]))
    .execute()
}

/** Revisions never go back, also when the database is an older copy than what the edge has. */
const hello = async (manager: Manager, staged: Staged, { version, store, have }: FrameOf<'hello'>): Promise<void> => {
  staged.store = store
  await noteSeen(manager, staged, version)
  const heads = await readHeads(manager)
  for (const stream of stateStreams)
    if (have[stream] > heads[stream]) await raiseHead(manager, staged.edge, stream, have[stream])
  // What is due for the edge is exported later; here it learns which revision the edge has.
  await policyFrames(manager, staged.edge, have.policy)
}

/** Only when it is newer than what is known: an old file may be taken after a new one. */
const digested = async ({ db, now }: Manager, { edge }: Staged, digest: FrameOf<'digest'>): Promise<void> => {
  const at = new Date(Math.min(digest.at, now()))
  await db
    .updateTable('edges')
    .set({ digest: JSON.stringify(digest), digest_at: at })
    .where('id', '=', edge.id)
    .where((row) => row.or([row('digest_at', 'is', null), row('digest_at', '<', at)]))
    .execute()
}

const check = async (staged: Staged): Promise<void> => {
  const { hash, lines } = staged.bundle
  if ((await fileHash(staged.path)) !== hash) throw refusedFile('its lines are not those that were signed')
  let count = 0
  for await (const line of linesFrom(staged.path, 0)) {
    if (line === undefined) throw refusedFile('a line of it is too long, or has no end')
    count++
  }
  if (count !== lines) throw refusedFile('it has not as many lines as were signed')
  staged.checked = true
}

const turn = async (manager: Manager, staged: Staged, until: number): Promise<boolean> => {
  const reports: Promise<void>[] = []
  try {
    for await (const line of linesFrom(staged.path, staged.offset)) {
      if (line === undefined) throw broken(staged, 'it has no end')
      const frame = readFrame(line.text)
      if (typeof frame === 'string') throw broken(staged, frame)
      if ((frame.type === 'hello') === (staged.store !== undefined)) throw broken(staged, `${frame.type} in its place`)
      switch (frame.type) {
        case 'hello':
          await hello(manager, staged, frame)
          break
        case 'events':
          if (frame.store !== staged.store) throw broken(staged, 'events of another store than hello named')
          await ingest(manager, staged.edge, frame)
          staged.events += frame.events.length
          break
        case 'digest':
          await digested(manager, staged, frame)
          break
        case 'policy-report':
          await policyReported(manager, staged.edge, frame)
          staged.reports++
          break
        case 'state-report':
          reports.push(stateReported(manager, staged.edge, frame))
          if (reports.length === reportsAtOnce) await Promise.all(reports.splice(0))
          staged.reports++
          break
        case 'renew':
          throw broken(staged, 'a renewal')
      }
      staged.lines++
      staged.offset = line.end
      if (performance.now() > until) return false
    }
    return true
  } finally {
    await Promise.all(reports)
  }
}

/**
 * Goes on with a whole file for a few seconds, from where it was.
 * @throws Fault `refused` when it is not what was signed, and those of `ingest`; then the file is gone
 */
export const take = async (manager: Manager, actor: string, staged: Staged): Promise<StickTaken> => {
  if (staged.busy) throw new Fault('conflict', 'The file is being taken already.')
  staged.busy = true
  try {
    if (!staged.checked) await check(staged)
    const done = await turn(manager, staged, performance.now() + turnMs)
    const { lines, events, reports, edge, bundle } = staged
    if (done) {
      await manager.trail.change((_, write) =>
        write({
          actor,
          action: 'stick.import',
          object: `edge ${edge.site}/${edge.edge}`,
          after: { hash: bundle.hash, at: bundle.at, lines, events, reports },
        }),
      )
      drop(manager, staged)
    }
    return { done, lines, events, reports }
  } catch (error) {
    drop(manager, staged)
    throw error
  } finally {
    staged.busy = false
  }
}
