/** JSON lines in a file that is begun anew when it is large. Opened for each batch, so that others may move it away. */
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '#core/errors.ts'
import { makeFolders } from '#core/folders.ts'
import type { Message } from './queue.ts'
import { backoff, type BackoffOptions, type Outlet, reasonOf, type Transport } from './transport.ts'

export interface FileOptions extends BackoffOptions {
  readonly path: string
  /** Bytes after which a new file is begun. */
  readonly maxBytes: number
  /** Old files kept: `PATH.1` is the newest of them. */
  readonly keep: number
}

const batchLimit = 500

const rotate = async (path: string, keep: number): Promise<void> => {
  await rm(`${path}.${keep}`, { force: true })
  for (let at = keep - 1; at >= 0; at--) {
    // oxlint-disable-next-line no-await-in-loop -- each name is free only after the one before it
    await rename(at === 0 ? path : `${path}.${at}`, `${path}.${at + 1}`).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
    })
  }
}

/** @returns why no new file could be begun; what was appended is in the old one then */
const appendWhole = async ({ path, maxBytes, keep }: FileOptions, content: Buffer): Promise<string | undefined> => {
  makeFolders(dirname(path), 0o750)
  const file = await open(path, 'a', 0o640)
  let size = 0
  try {
    size = (await file.stat()).size
    await file.appendFile(content)
  } catch (error) {
    // Half a line would spoil the next one.
    await file.truncate(size).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
  if (size + content.length < maxBytes) return undefined
  return rotate(path, keep).then(
    () => undefined,
    (error: unknown) => `no new file could be begun: ${reasonOf(error)}`,
  )
}

export const file = (outlet: Outlet, options: FileOptions): Transport => {
  const waiting = backoff(options)
  let underway: Message[] = []
  let ended = false
  let timer: NodeJS.Timeout | undefined

  const take = (): Message[] => {
    const batch: Message[] = []
    while (batch.length < batchLimit) {
      const message = outlet.queue.shift()
      if (message === undefined) break
      batch.push(message)
    }
    return batch
  }

  const pump = (): void => {
    if (ended || timer !== undefined || underway.length > 0) return
    underway = take()
    if (underway.length === 0) return
    appendWhole(options, Buffer.concat(underway.map(({ octets }) => octets))).then(
      (trouble) => {
        outlet.sent(underway.length)
        underway = []
        outlet.trouble(trouble)
        waiting.reset()
        return pump()
      },
      (error: unknown) => {
        outlet.lost(outlet.queue.restore(underway))
        underway = []
        outlet.trouble(reasonOf(error))
        timer = setTimeout(() => {
          timer = undefined
          pump()
        }, waiting.next()).unref()
        return undefined
      },
    )
  }

  return {
    get underway() {
      return underway.length
    },
    wake: pump,
    destroy: () => {
      ended = true
      clearTimeout(timer)
    },
  }
}
