/** Bypass without daemon, policy or manager: it needs our table in the kernel and nothing else. What can be written down is. */
import { readdirSync } from 'node:fs'
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
  /** Directory of the edge's store, where it is known. */
  readonly state?: string
}

const home = '/var/lib/bulkhead'

/** The one edge of this machine, when there is exactly one. */
const onlyState = (): string | undefined => {
  try {
    const [first, ...others] = readdirSync(home)
    return first === undefined || others.length > 0 ? undefined : `${home}/${first}`
  } catch {
    return undefined
  }
}

/** Beside a daemon that hangs, or without one. A store that cannot be written is no reason not to bypass. */
const writeDown = (state: string, reason: string, until: string | undefined): void => {
  try {
    const store = openStore({ path: storePath(state), beside: true })
    const by = `uid ${process.getuid?.() ?? 0}, without the daemon`
    store.together(() => {
      store.kv.set(keys.bypass, until === undefined ? undefined : { until, reason, by })
      store.events.append(
        until === undefined
          ? { kind: 'bypass-end', by, text: 'The edge enforces again.' }
          : { kind: 'bypass-start', by, text: `The edge passes everything until ${until}: ${reason}.` },
      )
    })
    store.close()
  } catch {
    // Said on the terminal of whoever bypasses; there is nowhere else to say it.
  }
}

/**
 * Makes the edge a plain bridge for some seconds (0 ends it).
 * @throws Fault `not-found` when no rules of ours are loaded: nothing of ours holds anything back; `privileges-missing`
 */
export const bypassDirectly = ({ seconds, reason, state }: DirectBypass): { until: string | undefined } => {
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
    const place = state ?? onlyState()
    if (place !== undefined && seconds > 0) resetTranslated(storePath(place))
    if (place !== undefined) writeDown(place, reason, until)
    return { until }
  } finally {
    nft.close()
  }
}
