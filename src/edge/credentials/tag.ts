/** What is kept of a typed login: a keyed tag that says whether two were the same, and to nobody without the key what they were. */
import { createHmac } from 'node:crypto'

/** HMAC-SHA-256 in hex. Lengths go in, so that no two pairs share their bytes. @param key 32 bytes, a secret of the edge */
export const tag = (key: Uint8Array, user: string, password: string): string => {
  const parts = [user, password].map((text) => Buffer.from(text, 'utf8'))
  const mac = createHmac('sha256', key)
  for (const part of parts) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    mac.update(length).update(part)
  }
  return mac.digest('hex')
}
