/** Which password a VNC client proved that it knows (RFC 6143, 7.2.2). */
import { createCipheriv, timingSafeEqual } from 'node:crypto'

/** The bits of a byte in reverse: the RFC's DES takes its key that way. */
const mirrored = (byte: number): number => {
  let out = 0
  for (let bit = 0; bit < 8; bit++) out |= ((byte >> bit) & 1) << (7 - bit)
  return out
}

/** What answers a challenge of 16 bytes. Only the first 8 characters of the password count. */
export const vncResponse = (challenge: Uint8Array, password: string): Buffer => {
  const key = Buffer.alloc(8)
  for (const [at, byte] of Buffer.from(password, 'latin1').subarray(0, 8).entries()) key[at] = mirrored(byte)
  // Three equal keys make triple DES the single one, which OpenSSL 3 has put away.
  const cipher = createCipheriv('des-ede3', Buffer.concat([key, key, key]), null).setAutoPadding(false)
  return Buffer.concat([cipher.update(challenge), cipher.final()])
}

export const isVncResponse = (challenge: Uint8Array, response: Uint8Array, password: string): boolean =>
  challenge.length === 16 && response.length === 16 && timingSafeEqual(vncResponse(challenge, password), response)
