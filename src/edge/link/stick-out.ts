/** A file for a manager that cannot be reached: hello, events it does not have, reports, a digest; signed with the device key. */
import { createHash } from 'node:crypto'
import { setImmediate as breath } from 'node:timers/promises'
import * as z from 'zod'
import { canonical } from '#core/canonical.ts'
import { eventClasses } from '#schema/event-kinds.ts'
import { type Digest, type FromEdge, PolicyReport, type Revisions, StateReport } from '#schema/link-frames.ts'
import { Signed, signedText } from '#schema/link-objects.ts'
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

/** The end of what is written into a file: its first line, which signs the others, and what is in it. */
const StickEnd = z.object({ head: Signed, lines: z.int(), events: z.int() })
const Ending = z.object({ end: StickEnd })
export type StickEnd = z.infer<typeof StickEnd>

/** The end of a stick, if this line is it. */
export const endOfStick = (line: string): StickEnd | undefined =>
  line.startsWith('{"end":') ? Ending.safeParse(JSON.parse(line)).data?.end : undefined

/**
 * Lines of a file for the manager, and at last the end of it, `{"end":…}`: whoever writes the file writes with rights of its own, and puts
 * the head before the lines.
 * @throws Fault of the store
 */
export async function* stickLines(source: StickSource): AsyncGenerator<string, void> {
  const { site, edge } = source.identity
  const hash = createHash('sha256')
  let lines = 0
  let events = 0
  const upTo: Cursors = {}
  for (const frame of frames(source)) {
    const line = JSON.stringify(frame)
    hash.update(`${line}\n`)
    lines++
    if (frame.type === 'events') {
      events += frame.events.length
      upTo[frame.class] = frame.events.at(-1)!.seq
    }
    yield line
    await breath()
  }
  const body = canonical({ type: 'bundle-up', site, edge, at: Date.now(), lines, hash: hash.digest('hex') })
  const { key } = source
  const head = { key: key.fingerprint, signature: key.sign(signedText(body)), body }
  yield JSON.stringify({ end: { head, lines, events } })
  if (!source.store.readonly) source.store.outbox.exported(upTo)
}
