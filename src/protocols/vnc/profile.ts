/** What a persona shows over VNC. */
export interface VncProfile {
  /** Highest protocol version it offers (RFC 6143, 7.1.1). */
  readonly version: '3.3' | '3.7' | '3.8'
  /** Reason of a refusal; `Authentication failure` when absent. */
  readonly refusal?: string
}
