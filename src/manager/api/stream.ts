/** Changes as they happen: server-sent events (WHATWG HTML, 9.2), numbered as the audit is. */
import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import { readAudit } from '../audit/read.ts'
import type { Manager } from '../context.ts'

const heartbeatMs = 15_000
const batch = 100
const mostFollowers = 64
let followers = 0

export const isCrowded = (): boolean => followers >= mostFollowers

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
 */
export const streamChanges = async (
  manager: Manager,
  response: ServerResponse,
  after: number | undefined,
  stillAllowed: () => Promise<boolean>,
): Promise<void> => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  followers++
  try {
    const head = await manager.db.selectFrom('audit_head').select('sequence').executeTakeFirst()
    let last = after ?? head?.sequence ?? 0
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
    response.write(': connected\n\n')
    while (!gone.signal.aborted && !manager.ending.aborted && (await stillAllowed())) {
      // Listening begins before reading: a row written in between is not missed.
      const moment = nextMoment(manager, gone.signal)
      const rows = await readAudit(manager.db, last, batch)
      for (const row of rows) response.write(`id: ${row.sequence}\nevent: change\ndata: ${JSON.stringify(row)}\n\n`)
      last = rows.at(-1)?.sequence ?? last
      if (response.writableNeedDrain) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined)
      if (rows.length === batch) continue
      await moment
      response.write(': alive\n\n')
    }
  } finally {
    followers--
    response.end()
  }
}
