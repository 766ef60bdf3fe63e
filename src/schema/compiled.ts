/** What Node compiled of our sources, for the next start. */
import { flushCompileCache } from 'node:module'

/**
 * Node writes it when a process ends by itself, and ours run until they are killed. Takes 0.1 s of the first process after an
 * installation, and next to nothing of any other.
 */
export const keepCompiled = (): void => flushCompileCache()

/** ms after its start when a process has loaded what it loads, and somebody may not wait for it. */
const settledMs = 3000

export const keepCompiledLater = (): void => {
  setTimeout(keepCompiled, settledMs).unref()
}
