/** What one client may ask for and keep here. */
export const limits = {
  /** Operations of one request. */
  operations: 100,
  /** Bytes of a chunk that is received, and of a whole message. */
  chunk: 16_384,
  message: 32_768,
  /** Bytes of a response. */
  response: 262_144,
  sessions: 4,
  continuations: 5,
  subscriptions: 4,
  /** Items of one subscription. */
  items: 100,
  /** Values that a conversation may write and read back. */
  written: 32,
  /** Bytes of a text of which something is kept. */
  text: 512,
} as const
