/** Changes as they happen: server-sent events (WHATWG HTML, 9.2), numbered as the audit is. */
import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { readAudit } from '../audit/read.ts'
import type { Manager } from '../context.ts'

const heartbeatMs = 15_000
const batch = 100
/** ms after which a reader that takes nothing is let go: it keeps a place, and does not hear that its right has ended. */
const drainMs = 60_000

/** Resolves when a reader has taken what was written, or is gone. */
export const drained = async (response: Writable, gone: AbortSignal, patienceMs = drainMs): Promise<void> => {
  if (!response.writableNeedDrain) return
  const late = AbortSignal.timeout(patienceMs)
  await once(response, 'drain', { signal: AbortSignal.any([gone, late]) }).catch(() => undefined)
  if (late.aborted) response.destroy()
}

/** The number that a reader saw last, or nothing when the header is none. */
export const resumeAfter = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined

/** Resolves with the next row, the heartbeat, or the end of either side. */
const nextMoment = async (manager: Manager, gone: AbortSignal): Promise<void> => {
  const signal = AbortSignal.any([gone, manager.ending, AbortSignal.timeout(heartbeatMs)])
  await once(manager.trail.written, 'row', { signal }).catch(() => undefined)
}

/**
 * Writes rows after a number until the reader, its right or the manager is gone.
 * @param stillAllowed asked before every batch: a session that ended, ends its stream
 * @param begin called before the first word; what is thrown earlier may still be answered
 */
export const streamChanges = async (
  manager: Manager,
  response: ServerResponse,
  after: number | undefined,
  stillAllowed: () => Promise<boolean>,
  begin: () => void,
): Promise<void> => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    const head = await manager.db.selectFrom('audit_head').select('sequence').executeTakeFirst()
    let last = after ?? head?.sequence ?? 0
    begin()
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
    response.write(': connected\n\n')
    while (!gone.signal.aborted && !manager.ending.aborted && (await stillAllowed())) {
      // Listening begins before reading: a row written in between is not missed.
      const moment = nextMoment(manager, gone.signal)
      const rows = await readAudit(manager.db, last, batch)
      for (const row of rows) response.write(`id: ${row.sequence}\nevent: change\ndata: ${JSON.stringify(row)}\n\n`)
      last = rows.at(-1)?.sequence ?? last
      await drained(response, gone.signal)
      if (rows.length === batch) continue
      await moment
      response.write(': alive\n\n')
    }
  } finally {
    if (response.headersSent) response.end()
  }
}
