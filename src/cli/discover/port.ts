/** A mirror port into a state: in pieces, so that little is lost when the machine is. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Observer } from '#discover/observe/observer.ts'
import type { Capture } from '#discover/model.ts'
import type { State } from '#discover/state/state.ts'
import { liveRecords } from './live.ts'

/** After so many ms what was seen is put into the state, and begun anew. */
const pieceMs = 600_000

export interface PortOptions {
  readonly signal: AbortSignal
  /** ms after which it ends by itself. */
  readonly forMs?: number
  readonly decodes: boolean
  readonly told: (progress: { readonly packets: number; readonly read: number }) => void
  /** A piece is in the state. */
  readonly kept: (piece: Capture) => void
}

/** @returns frames that the kernel lost because they came faster than they were read */
export const addPort = async (
  state: State,
  device: string,
  options: PortOptions,
): Promise<{ readonly lost: number }> => {
  const { signal, forMs, decodes, told, kept } = options
  const stop = new AbortController()
  const end = () => stop.abort()
  signal.addEventListener('abort', end, { once: true })
  if (forMs !== undefined) void sleep(forMs, undefined, { ref: false }).then(end)
  const run = randomUUID()
  let [piece, lost, packets, read] = [0, 0, 0, 0]
  let observer = new Observer(device, { decodes })
  let began = Date.now()
  let lostHere = 0
  const keep = () => {
    if (observer.packets === 0 && lostHere === 0) return
    const recording = observer.end([], { digest: `${device} ${run} ${++piece}`, bytes: 0 })
    const why = 'frames, which came faster than they were read'
    const skipped =
      lostHere === 0 ? recording.capture.skipped : [...recording.capture.skipped, { why, packets: lostHere }]
    const capture = { ...recording.capture, skipped }
    state.add({ ...recording, capture })
    kept(capture)
    observer = new Observer(device, { decodes })
    began = Date.now()
    lostHere = 0
  }
  try {
    for await (const { records, lost: more } of liveRecords(device, { signal: stop.signal })) {
      for (const record of records) {
        observer.record(record)
        read += record.wireLength
      }
      packets += records.length
      lostHere += more
      lost += more
      told({ packets, read })
      if (Date.now() - began >= pieceMs) keep()
    }
  } finally {
    signal.removeEventListener('abort', end)
    keep()
  }
  return { lost }
}
