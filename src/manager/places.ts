/**
 * Places that cost something, and that anybody can take: handshakes and connections before anybody has said who he is, streams of one
 * person. Where there is room, whoever comes gets one: edges and people behind one gateway have one address. Where they become scarce,
 * no holder has more than a share.
 */

export interface Places {
  /** @returns gives it back, once; nothing when there is none for this holder */
  take(holder: string): (() => void) | undefined
}

/** Of the room: what anybody may take, and what one holder may have beyond. */
const freely = 1 / 2
const share = 1 / 8

/** Who has one address of IPv6 has the /64 around it (RFC 4291, 2.5.4). */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::', 2)
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'))
  const [first, last] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...zeros, ...last].slice(0, 4).join(':')
}

export const places = (room: number): Places => {
  const held = new Map<string, number>()
  let all = 0
  return {
    take: (holder) => {
      const own = held.get(holder) ?? 0
      if (all >= room || (all >= room * freely && own >= room * share)) return undefined
      all++
      held.set(holder, own + 1)
      let ended = false
      return () => {
        if (ended) return
        ended = true
        all--
        const left = (held.get(holder) ?? 1) - 1
        if (left > 0) held.set(holder, left)
        else held.delete(holder)
      }
    },
  }
}
