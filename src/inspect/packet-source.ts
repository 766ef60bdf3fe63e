/** What comes with a packet besides its bytes: filled again for every packet. */
export class PacketSource {
  /** VLAN of the packet; 0 for untagged ones. */
  vlan = 0
  /** Number of the interface it came in by; -1 when unknown. */
  device = -1
  /** Ethernet address of its sender: the first two bytes, and the last four as a signed number; -1 and 0 when unknown. */
  macHigh = -1
  macLow = 0
  /** What no conduit covers is dropped: it came from where failures are closed. */
  closed = false
  /** What the risk of who opened the conversation is below; 0: below nothing that is asked for, 1: of whom nothing is known. */
  riskBelow = 1
  /** ms since 1970. */
  now = 0
}
