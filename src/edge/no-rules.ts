/** No rules of ours are in the kernel. Whether anything passes then is another question: a bridge is made by the edge. */
import { links } from '#linux/rtnetlink.ts'

/** One sentence about this network, and what can be done where nothing passes. */
export const withoutRules = (): { readonly found: string; readonly advice?: string } => {
  const bridged = links().some(({ master }) => master !== undefined)
  return bridged
    ? { found: 'no rules of an edge are in the kernel: everything passes' }
    : {
        found: 'no rules of an edge are in the kernel, and no bridge joins any ports: a line behind one stands still',
        advice:
          'Its daemon makes the bridge: `systemctl status "bulkhead-edge@*"` says why it does not. Until then, by hand: `ip link add br0 type bridge`, `ip link set br0 up`, and for each port `ip link set PORT master br0 up`.',
      }
}
