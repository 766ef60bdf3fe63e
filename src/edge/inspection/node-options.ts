import { nodeFlags } from '../node-flags.ts'

/**
 * How Node runs who must not stand still. Collecting garbage with helper threads makes the main thread wait for them, and they have no
 * real-time priority: on a busy machine that took up to 283 ms (docs/decisions/010). Little room for what is young keeps a collection short.
 */
export const steadyNode: readonly string[] = [...nodeFlags, '--single-threaded-gc', '--max-semi-space-size=2']
