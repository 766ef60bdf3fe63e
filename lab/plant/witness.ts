/**
 * An independent count of what attackers send and what comes out of the edge: the kernel's counters on the plant's switches,
 * outside of the edge and of its rules.
 */
import { Fault } from '#core/errors.ts'
import { Nft } from '#linux/nftables.ts'
import { uplink } from './cables.ts'

/** Frames. ARP and IPv6 neighbour discovery apart: an edge lets them pass until it knows a stranger. */
export interface Count {
  readonly sent: number
  readonly sentNeighbour: number
  readonly delivered: number
  readonly deliveredNeighbour: number
}

const key = (mac: string): string => mac.replaceAll(':', '')

const text = (macs: readonly string[], devices: readonly string[]): string => {
  const ups = devices.map((device) => `"${uplink(device)}"`).join(', ')
  const counters = macs.flatMap((mac) =>
    ['sent', 'sent_neighbour', 'delivered', 'delivered_neighbour'].map((what) => `${what}_${key(mac)}`),
  )
  const neighbour = ['ether type arp', `ether type ip6 icmpv6 type { 130-137, 143 }`]
  const from = (mac: string, match: string, what: string) => [
    ...neighbour.map((kind) => `${match} ether saddr ${mac} ${kind} counter name ${what}_neighbour_${key(mac)} accept`),
    `${match} ether saddr ${mac} counter name ${what}_${key(mac)} accept`,
  ]
  const rules = macs.flatMap((mac) => [...from(mac, `iifname { ${ups} }`, 'delivered'), ...from(mac, '', 'sent')])
  return `table bridge witness {
${counters.map((name) => `counter ${name} {}`).join('\n')}
chain frames {
type filter hook prerouting priority -300; policy accept;
${rules.join('\n')}
}
}`
}

interface CounterRow {
  readonly counter?: { readonly name: string; readonly packets: number }
}

export class Witness {
  readonly #nft = Nft.open()

  /** @throws Fault `kernel-feature-missing` */
  constructor(macs: readonly string[], devices: readonly string[]) {
    const loaded = this.#nft.run(text(macs, devices))
    if (!loaded.ok)
      throw new Fault(
        'kernel-feature-missing',
        'The switches of the plant cannot count: nftables has no bridge family here.',
      )
  }

  /** Frames so far from one MAC address. */
  count(mac: string): Count {
    const listed = this.#nft.json<{ nftables: readonly CounterRow[] }>('list counters table bridge witness')
    if (!listed.ok) throw new Fault('kernel-rejected', 'The counters of the switches cannot be read.')
    const packets = (what: string): number =>
      listed.value.nftables.find(({ counter }) => counter?.name === `${what}_${key(mac)}`)?.counter?.packets ?? 0
    return {
      sent: packets('sent'),
      sentNeighbour: packets('sent_neighbour'),
      delivered: packets('delivered'),
      deliveredNeighbour: packets('delivered_neighbour'),
    }
  }
}

export const minus = (a: Count, b: Count): Count => ({
  sent: a.sent - b.sent,
  sentNeighbour: a.sentNeighbour - b.sentNeighbour,
  delivered: a.delivered - b.delivered,
  deliveredNeighbour: a.deliveredNeighbour - b.deliveredNeighbour,
})
