/**
 * Handshakes under way, which cost before anybody has said who he is. Where there is room, whoever dials gets it: edges behind one
 * gateway have one address. Where it becomes scarce, no address holds more than a share.
 */

export interface Handshakes {
  /** @returns ends it, once; nothing when there is no room */
  begin(address: string): (() => void) | undefined
}

/** Of the room: what anybody may take, and what one address may have beyond. */
const freely = 1 / 2
const share = 1 / 8

/** Who has one address of IPv6 has the /64 around it (RFC 4291, 2.5.4). */
const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::', 2)
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'))
  const [first, last] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...zeros, ...last].slice(0, 4).join(':')
}

export const handshakes = (room: number): Handshakes => {
  const held = new Map<string, number>()
  let all = 0
  return {
    begin: (address) => {
      const network = networkOf(address)
      const own = held.get(network) ?? 0
      if (all >= room || (all >= room * freely && own >= room * share)) return undefined
      all++
      held.set(network, own + 1)
      let ended = false
      return () => {
        if (ended) return
        ended = true
        all--
        const left = (held.get(network) ?? 1) - 1
        if (left > 0) held.set(network, left)
        else held.delete(network)
      }
    },
  }
}
