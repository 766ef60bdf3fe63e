/** The sources of one `bulkhead discover`, each in turn into the state. */
import { addCapture } from '#discover/sources/add.ts'
import { findCaptures, type CaptureFile } from '#discover/sources/find.ts'
import type { State } from '#discover/state/state.ts'
import { callEdge, readEvents } from '#edge/control/client.ts'
import { socketNamed } from '../edge/connection.ts'
import type { Output } from '../output.ts'
import type { ProgressLine } from '../progress.ts'
import { packetKinds, recordingOf } from './edge-records.ts'
import { addPort } from './port.ts'
import { captureText, durationText, skippedText } from './text.ts'

export interface Reading {
  readonly state: State
  readonly output: Output
  readonly progress: ProgressLine
  readonly decodes: boolean
  readonly signal: AbortSignal
  /** ms after which a mirror port is no longer read. */
  readonly forMs?: number
}

export type Source =
  | { readonly kind: 'files'; readonly files: readonly CaptureFile[] }
  | { readonly kind: 'port'; readonly device: string }
  | { readonly kind: 'edge'; readonly socket: string }

/** `edge:` is the only edge of this machine, `edge:NAME` one of them, `edge:/path` its control socket. */
export const sourceOf = (text: string): Source => {
  if (text === '-') return { kind: 'files', files: [{ path: '-', size: 0, named: true }] }
  if (text.startsWith('iface:')) return { kind: 'port', device: text.slice('iface:'.length) }
  if (!text.startsWith('edge:')) return { kind: 'files', files: findCaptures([text]) }
  return { kind: 'edge', socket: socketNamed(text.slice('edge:'.length)) }
}

/** @returns how many captures were read or known */
export const readFiles = async (
  files: readonly CaptureFile[],
  { state, output, progress, decodes }: Reading,
): Promise<number> => {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  let [before, packets, read] = [0, 0, 0]
  for (const file of files) {
    const { outcome, capture } = await addCapture(state, file, {
      decodes,
      told: (so) => progress.update({ packets: packets + so.packets, read: before + so.read, size }),
    })
    before += file.size
    packets += capture?.packets ?? 0
    if (outcome !== 'not-a-capture') read++
    progress.end()
    output.note(captureText(file.path, outcome, capture))
    for (const line of skippedText(capture)) output.note(`  ${line}`)
  }
  return read
}

/** @returns how many frames came */
export const readPort = async (
  device: string,
  { state, output, progress, decodes, signal, forMs }: Reading,
): Promise<number> => {
  const advice = `Is it up (\`ip link set ${device} up\`)? Is the cable in the destination port of the mirror session, and the session active?`
  const { packets } = await addPort(state, device, {
    signal,
    decodes,
    ...(forMs === undefined ? {} : { forMs }),
    told: (so) => progress.update({ ...so, size: 0 }),
    listening: () =>
      output.note(
        `Listening on ${device}${forMs === undefined ? '; Ctrl-C ends it' : ` for ${durationText(forMs)}`}. What was seen is kept every ten minutes, and at the end.`,
      ),
    silent: () => {
      progress.end()
      output.note(`Nothing has come on ${device} so far. ${advice}`)
    },
    kept: (piece) => {
      progress.end()
      output.note(captureText(`iface:${device}`, 'added', piece))
      for (const line of skippedText(piece)) output.note(`  ${line}`)
    },
  })
  if (packets === 0) output.note(`Nothing came on ${device}. ${advice}`)
  return packets
}

/** Events of an edge that one call gives at most. */
const mostEvents = 10_000

export const readEdge = async (socket: string, { state, output }: Reading): Promise<void> => {
  const { site, edge } = await callEdge(socket, 'status', {})
  const name = `edge:${site}/${edge}`
  // The digest of what was read before ends with the id of its last event.
  const before = state
    .captures()
    .flatMap(({ name: of, digest }) => (of === name ? [digest.slice(name.length + 1)] : []))
  const after = before.toSorted().at(-1)
  const events = await readEvents(socket, {
    kind: packetKinds,
    limit: mostEvents,
    ...(after === undefined ? {} : { after }),
  })
  if (events.length === 0) {
    output.note(`${name}: nothing new`)
    return
  }
  if (events.length === mostEvents) output.note(`${name}: only the newest ${mostEvents} events were read`)
  const recording = recordingOf(events, name)
  output.note(captureText(name, state.add(recording), recording.capture))
}
