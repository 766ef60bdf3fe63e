/** A file for a manager that cannot be reached: hello, events it does not have, reports, a digest; signed with the device key. */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { setImmediate as breath } from 'node:timers/promises'
import { pipeline } from 'node:stream/promises'
import { canonical } from '#core/canonical.ts'
import { Fault } from '#core/errors.ts'
import type { StickReport } from '#schema/control.ts'
import { eventClasses } from '#schema/event-kinds.ts'
import { type Digest, type FromEdge, PolicyReport, type Revisions, StateReport } from '#schema/link-frames.ts'
import { signedText } from '#schema/link-objects.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Store } from '../store/open.ts'
import { type Cursors, cursorsOf } from '../store/outbox.ts'
import type { DeviceKey } from './files.ts'
import { batchOf } from './uplink.ts'

export interface StickSource {
  readonly store: Pick<Store, 'outbox' | 'held' | 'kv' | 'events' | 'readonly'>
  readonly identity: EdgeIdentity
  readonly key: DeviceKey
  readonly version: string
  readonly have: Revisions
  /** Absent: nobody enforces, so nothing can be said about the kernel. */
  readonly digest?: () => Digest
}

function* frames({ store, version, have, digest }: StickSource): Generator<FromEdge> {
  const id = store.outbox.id()
  const newest = store.events.newest()
  yield { type: 'hello', version: version.slice(0, 64), store: id, have, newest, at: Date.now() }
  const cursors = cursorsOf(store.kv)
  for (const name of eventClasses) {
    let after = cursors[name] ?? 0
    for (;;) {
      const events = store.outbox.next(name, after, batchOf)
      const last = events.at(-1)
      if (last === undefined) break
      // A daemon's own store: what leaves it must outlive a power cut. Another process reads only what was committed.
      if (!store.readonly) store.outbox.secure(last.seq)
      yield { type: 'events', store: id, class: name, events: [...events] }
      after = last.seq
    }
  }
  let told = 0
  for (;;) {
    const reports = store.held.reports(told)
    for (const { id: at, body } of reports) {
      told = at
      const document: unknown = JSON.parse(body)
      const report = StateReport.safeParse(document).data ?? PolicyReport.safeParse(document).data
      if (report !== undefined) yield report
    }
    if (reports.length === 0) break
  }
  if (digest !== undefined) yield digest()
}

const unwritable = (path: string, error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault('file-unreadable', `${path} cannot be written.`, {
        cause: error,
        details: [error instanceof Error ? error.message : String(error)],
      })

/** @throws Fault `file-unreadable`, and those of the store */
export const exportStick = async (path: string, source: StickSource): Promise<StickReport> => {
  const { site, edge } = source.identity
  const [body, whole] = [`${path}.lines`, `${path}.new`]
  const hash = createHash('sha256')
  let lines = 0
  let events = 0
  const upTo: Cursors = {}
  try {
    const file = await open(body, 'w', 0o600)
    try {
      for (const frame of frames(source)) {
        const line = `${JSON.stringify(frame)}\n`
        hash.update(line)
        lines++
        if (frame.type === 'events') {
          events += frame.events.length
          upTo[frame.class] = frame.events.at(-1)!.seq
        }
        await file.appendFile(line)
        await breath()
      }
    } finally {
      await file.close()
    }
    const head = canonical({ type: 'bundle-up', site, edge, at: Date.now(), lines, hash: hash.digest('hex') })
    const { key } = source
    const signed = { key: key.fingerprint, signature: key.sign(signedText(head)), body: head }
    await writeFile(whole, `${JSON.stringify(signed)}\n`, { mode: 0o600 })
    await pipeline(createReadStream(body), createWriteStream(whole, { flags: 'a', flush: true }))
    if (!source.store.readonly) source.store.outbox.exported(upTo)
    await rename(whole, path)
  } catch (error) {
    await rm(whole, { force: true })
    throw unwritable(path, error)
  } finally {
    await rm(body, { force: true })
  }
  return { path, lines, events, text: `${events} events and ${lines} lines in all` }
}
