/** Bypass without daemon, database, policy or manager: it needs our table in the kernel and nothing else. */
import { Fault } from '#core/errors.ts'
import { Nft } from '#linux/nftables.ts'
import { table } from '#policy/nft/names.ts'
import { setBypass } from './kernel/permits.ts'

/** Family of our table in this network; undefined when nothing is loaded. */
const loadedFamily = (nft: Nft): 'bridge' | 'inet' | undefined =>
  (['bridge', 'inet'] as const).find((family) => nft.run(`list chain ${family} ${table} forward`, { terse: true }).ok)

/**
 * Makes the edge a plain bridge for some seconds (0 ends it).
 * @throws Fault `not-found` when no rules of ours are loaded: then everything passes already
 */
export const bypassDirectly = ({ seconds }: { seconds: number; reason: string }): { until: string | undefined } => {
  const nft = Nft.open()
  try {
    const family = loadedFamily(nft)
    if (family === undefined)
      throw new Fault('not-found', 'No rules of this edge are in the kernel: everything passes already.', {
        advice: 'Run the command where the edge runs (its network namespace), as root.',
      })
    setBypass(nft, family, seconds)
    return { until: seconds > 0 ? new Date(Date.now() + seconds * 1000).toISOString() : undefined }
  } finally {
    nft.close()
  }
}
