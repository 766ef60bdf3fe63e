/** Bypass without daemon, policy or manager: it needs our table in the kernel and nothing else. What can be written down is. */
import { existsSync } from 'node:fs'
import { Fault } from '#core/errors.ts'
import { Nft } from '#linux/nftables.ts'
import { capability, hasCapability } from '#linux/process.ts'
import { table } from '#policy/nft/names.ts'
import { storePath } from './context.ts'
import { resetTranslated } from './inspection/reset-translated.ts'
import { setBypass } from './kernel/permits.ts'
import { withoutRules } from './no-rules.ts'
import { keys } from './store/kv.ts'
import { openStore } from './store/open.ts'

/** Family of our table in this network; undefined when nothing is loaded. */
const loadedFamily = (nft: Nft): 'bridge' | 'inet' | undefined =>
  (['bridge', 'inet'] as const).find((family) => nft.run(`list chain ${family} ${table} forward`, { terse: true }).ok)

export interface DirectBypass {
  readonly seconds: number
  readonly reason: string
  /** Who orders it. */
  readonly by: string
  /** Directory of the edge's store, where it is known. */
  readonly state: string | undefined
}

export interface Bypassed {
  readonly until: string | undefined
  /** In the record of the edge, so that it also outlives a restart of the machine. */
  readonly recorded: boolean
}

/** Beside a daemon that hangs, or without one. A store that cannot be written is no reason not to bypass. */
const writeDown = (path: string, { reason, by: who }: DirectBypass, until: string | undefined): boolean => {
  try {
    const store = openStore({ path, beside: true })
    const by = `${who}, without the daemon`
    store.together(() => {
      store.kv.set(keys.bypass, until === undefined ? undefined : { until, reason, by })
      store.events.append(
        until === undefined
          ? { kind: 'bypass-end', by, text: 'The edge enforces again.' }
          : { kind: 'bypass-start', by, text: `The edge passes everything until ${until}: ${reason}.` },
      )
    })
    store.close()
    return true
  } catch {
    return false
  }
}

/**
 * Makes the edge a plain bridge for some seconds (0 ends it).
 * @throws Fault `not-found` when no rules of ours are loaded: nothing of ours holds anything back; `privileges-missing`
 */
export const bypassDirectly = (order: DirectBypass): Bypassed => {
  const { seconds, state } = order
  // The library says so, too: on standard error, in words of its own.
  if (!hasCapability(capability.netAdmin))
    throw new Fault('privileges-missing', 'A bypass without the daemon needs root: CAP_NET_ADMIN is missing.', {
      advice: 'Run the command as root, for example through `sudo`.',
    })
  const nft = Nft.open()
  try {
    const family = loadedFamily(nft)
    if (family === undefined) {
      const { found, advice = 'Run the command where the edge runs (its network namespace), as root.' } = withoutRules()
      throw new Fault('not-found', `There is nothing to bypass: ${found}.`, { advice })
    }
    setBypass(nft, family, seconds)
    const until = seconds > 0 ? new Date(Date.now() + seconds * 1000).toISOString() : undefined
    if (state === undefined) return { until, recorded: false }
    const path = storePath(state)
    if (seconds > 0) resetTranslated(path)
    return { until, recorded: existsSync(path) && writeDown(path, order, until) }
  } finally {
    nft.close()
  }
}
