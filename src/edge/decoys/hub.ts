/** Where the decoys of an edge hang, and what an earlier daemon that was killed left there. */
import { readdirSync, readFileSync } from 'node:fs'
import { links } from '#linux/rtnetlink.ts'
import type { Hub } from '#linux/station.ts'
import { decoyDevice } from '#policy/compile/decoys.ts'
import type { Plan } from '#policy/plan.ts'

/** Characters of an edge's name in the names of its namespaces, which may have 63. */
const nameLength = 40

type Place = { readonly plan: Pick<Plan, 'bridge' | 'edge'> }

/** Machines may have several edges: their namespaces are apart by name. The bridge is called what the edge's plan calls it when asked. */
export const hubOf = (edge: Place): Hub => ({
  device: decoyDevice,
  get bridge() {
    return edge.plan.bridge
  },
  namespace: `bh-decoys-${edge.plan.edge.slice(0, nameLength)}`,
})

const namespaces = (): readonly string[] => {
  try {
    return readdirSync('/run/netns')
  } catch {
    return []
  }
}

/** Whether a neighbour of this interface is set and not asked for (proc_net(5): `ATF_PERM`). */
const isPinned = (device: string): boolean =>
  readFileSync('/proc/net/arp', 'utf8')
    .split('\n')
    .slice(1)
    .some((row) => {
      const [, , flags, , , name] = row.split(/\s+/)
      return name === device && (Number(flags) & 4) !== 0
    })

/** Whether there may be something to take away: a port, stations or neighbours. */
export const isSomethingLeft = (edge: Place): boolean => {
  const { device, bridge, namespace } = hubOf(edge)
  return (
    links().some(({ name }) => name === device) ||
    namespaces().some((name) => name.startsWith(namespace)) ||
    isPinned(bridge)
  )
}
