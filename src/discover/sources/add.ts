/** One capture file into a state: read once, whole or not at all. */
import { basename } from 'node:path'
import { Fault } from '#core/errors.ts'
import { captureAdvice, skipReasons } from '#packet/records.ts'
import type { Capture } from '../model.ts'
import { Observer } from '../observe/observer.ts'
import type { State } from '../state/state.ts'
import { digestOf } from './digest.ts'
import { readCapture } from './file.ts'
import type { CaptureFile } from './find.ts'

export interface Added {
  readonly outcome: 'added' | 'known' | 'not-a-capture'
  readonly capture?: Capture
}

export interface AddOptions {
  /** False: who speaks with whom, no commands and no identities. */
  readonly decodes?: boolean
  /** What was read of it so far. */
  readonly told?: (progress: { readonly packets: number; readonly read: number }) => void
}

/**
 * @returns `known` for bytes that were read before; `not-a-capture` for a file that a folder held
 * @throws Fault `file-unreadable` for a file named by itself that is no capture
 */
export const addCapture = async (
  state: State,
  { path, named, size }: CaptureFile,
  { decodes = true, told = () => {} }: AddOptions = {},
): Promise<Added> => {
  // Reading for the digest alone is quick; it is worth it where some capture has just this size.
  if (path !== '-' && state.captures().some((capture) => capture.bytes === size) && state.has(await digestOf(path)))
    return { outcome: 'known' }
  const observer = new Observer(path === '-' ? 'standard input' : basename(path), { decodes })
  const { skips, broken, bytes, isEmpty, digest } = await readCapture(
    path,
    (record) => observer.record(record),
    ({ read }) => told({ packets: observer.packets, read }),
  )
  if (skips.some(({ at, why }) => at === 0 && why === 'not-a-capture') || isEmpty) {
    if (!named) return { outcome: 'not-a-capture' }
    throw new Fault(
      'file-unreadable',
      isEmpty ? `${path} is empty.` : `${path} is no capture: ${skipReasons['not-a-capture']}.`,
      { advice: captureAdvice },
    )
  }
  const recording = observer.end(skips, { digest, bytes, broken })
  return { outcome: state.add(recording), capture: recording.capture }
}
