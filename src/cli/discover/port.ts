/** A mirror port into a state: in pieces, so that little is lost when the machine is. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Observer } from '#discover/observe/observer.ts'
import type { Capture } from '#discover/model.ts'
import type { State } from '#discover/state/state.ts'
import { liveRecords } from './live.ts'

/** ms without any frame after which that is said. A plant that polls is never silent for so long. */
const silenceMs = 10_000

/** ms; a timer takes no more. */
const longestTimer = 2 ** 31 - 1

const waited = async (ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= longestTimer)
    await sleep(Math.min(left, longestTimer), undefined, { ref: false })
}

/** After so many ms what was seen is put into the state, and begun anew. */
const pieceMs = 600_000

export interface PortOptions {
  readonly signal: AbortSignal
  /** ms after which it ends by itself. */
  readonly forMs?: number
  readonly decodes: boolean
  readonly told: (progress: { readonly packets: number; readonly read: number }) => void
  /** It listens: from now on nothing is missed. */
  readonly listening: () => void
  /** Nothing at all has come so far, for a while. Called once. */
  readonly silent: () => void
  /** A piece is in the state. */
  readonly kept: (piece: Capture) => void
}

/** @returns frames that were read, and those that the kernel lost because they came faster than they were read */
export const addPort = async (
  state: State,
  device: string,
  options: PortOptions,
): Promise<{ readonly packets: number; readonly lost: number }> => {
  const { signal, forMs, decodes, told, listening, silent, kept } = options
  const stop = new AbortController()
  const end = () => stop.abort()
  signal.addEventListener('abort', end, { once: true })
  const run = randomUUID()
  let [piece, lost, packets, read] = [0, 0, 0, 0]
  let observer = new Observer(device, { decodes })
  let began = Date.now()
  let lostHere = 0
  let [isListening, isSilent] = [false, false]
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
      if (!isListening) {
        isListening = true
        listening()
        if (forMs !== undefined) void waited(forMs).then(end)
      }
      for (const record of records) {
        observer.record(record)
        read += record.wireLength
      }
      packets += records.length
      lostHere += more
      lost += more
      told({ packets, read })
      if (packets === 0 && !isSilent && Date.now() - began >= silenceMs) {
        isSilent = true
        silent()
      }
      if (Date.now() - began >= pieceMs) keep()
    }
  } finally {
    signal.removeEventListener('abort', end)
    keep()
  }
  return { packets, lost }
}
