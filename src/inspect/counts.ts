/** What was counted for one conduit since the inspector began. */
export class Counts {
  packets = 0
  messages = 0
  permitted = 0
  denied = 0
  /** Denied by policy, and passed: observed, shadowed, or `deny-action: log`. */
  wouldDeny = 0
  resets = 0
  /** Segments passed in a conversation picked up in the middle, before its messages were found. */
  unsynchronised = 0
  /** Passed or dropped because of a fault of ours, by what the conduit says about failures. */
  faults = 0
}
