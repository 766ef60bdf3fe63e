/** Switches the rules of a benchmark's edge without a daemon. */
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { bridgeSysctls } from '#edge/enforce.ts'
import { Nft } from '#linux/nftables.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import type { Plan } from '#policy/plan.ts'
import type { World } from '../test/system/world/world.ts'

/** A plain bridge: no rules and no br_netfilter. */
export const bare = (world: World, plan: Plan): void => {
  const nft = Nft.open({ namespace: world.edge })
  unload(nft)
  nft.close()
  for (const [name] of bridgeSysctls(plan, false)) writeSysctl(name, 0, { namespace: world.edge })
}

export const enforced = async (world: World, plan: Plan): Promise<void> => {
  for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: world.edge })
  await loadGeneration(plan, new Map(), world.edge)
}
