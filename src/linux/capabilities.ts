import { Fault, messageOf } from '#core/errors.ts'
import { probes, type CapabilityId, type Probe, type ProbeContext } from './capability-probes.ts'
import { Nft } from './nftables.ts'
import { capability, hasCapability } from './process.ts'

export type { CapabilityId } from './capability-probes.ts'

/** One thing the kernel, the system or the process can or cannot do. */
export interface Capability {
  readonly id: string
  readonly found: boolean
  readonly neededFor: string
  /** What happens without it, one sentence. */
  readonly without: string
  /** Why it was not found, where that is known. */
  readonly detail?: string
}

/** How packets get to an inspector on this kernel. */
export type QueueDriver = 'nft' | 'iptables-nft' | 'none'

export interface Capabilities {
  readonly list: readonly Capability[]
  readonly queue: QueueDriver
  has(id: CapabilityId): boolean
}

/** How packets get to an inspector here: the one question that has to be answered fast. */
export const probeQueue = (options: { namespace?: string } = {}): QueueDriver =>
  probed(options, (context) => {
    const has = (id: CapabilityId) => probes.some((probe: Probe) => probe.id === id && run(probe, context).found)
    return has('queue-nft') ? 'nft' : has('queue-iptables') ? 'iptables-nft' : 'none'
  })

/**
 * Finds out what this kernel can do, without leaving anything behind: nft text is checked and never committed, sockets are closed.
 * (The kernel may load modules to answer.)
 * @throws Fault `library-missing` without libnftables
 */
export const probeCapabilities = (options: { namespace?: string } = {}): Capabilities =>
  probed(options, (context) => {
    const list = probes.map((probe: Probe) => run(probe, context))
    const has = (id: CapabilityId) => list.some((each) => each.id === id && each.found)
    return { list, has, queue: has('queue-nft') ? 'nft' : has('queue-iptables') ? 'iptables-nft' : 'none' }
  })

const probed = <T>(options: { namespace?: string }, work: (context: ProbeContext) => T): T => {
  const nft = Nft.open(options)
  // Without it libnftables says so by itself, on standard error, for every text that it is given.
  const mayAsk = options.namespace !== undefined || hasCapability(capability.netAdmin)
  try {
    return work({
      namespace: options.namespace,
      accepts: (text) => {
        if (!mayAsk) throw new Fault('privileges-missing', 'The kernel answers root alone: CAP_NET_ADMIN is missing.')
        const result = nft.run(text, { check: true })
        if (result.ok) return true
        throw new Fault('kernel-feature-missing', result.error.message)
      },
    })
  } finally {
    nft.close()
  }
}

const run = (probe: Probe, context: ProbeContext): Capability => {
  const { id, neededFor, without } = probe
  try {
    return { id, found: probe.find(context), neededFor, without }
  } catch (error) {
    return { id, found: false, neededFor, without, detail: messageOf(error) }
  }
}
