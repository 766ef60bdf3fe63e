/** Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, six digits, 30 seconds, as every authenticator has them. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const stepSeconds = 30
/** Steps to either side that count, for clocks that differ (RFC 6238, 5.2). */
const drift = 1
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648, 6, without padding. */
export const base32 = (bytes: Uint8Array): string => {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >>> (bits - 5)) & 31]
    held &= 0xff
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text
}

export const fromBase32 = (text: string): Buffer => {
  const out: number[] = []
  let held = 0
  let bits = 0
  for (const character of text) {
    held = ((held & 0xff) << 5) | alphabet.indexOf(character)
    bits += 5
    if (bits >= 8) out.push((held >>> (bits -= 8)) & 0xff)
  }
  return Buffer.from(out)
}

/** 160 bits, as RFC 4226 (4, R6) recommends; in base 32. */
export const newSecret = (): string => base32(randomBytes(20))

/** RFC 4226, 5.3. */
export const hotp = (secret: Uint8Array, counter: number, digits = 6): string => {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', secret).update(message).digest()
  const value = mac.readUInt32BE(mac[19]! & 15) & 0x7fff_ffff
  return String(value % 10 ** digits).padStart(digits, '0')
}

export const stepAt = (ms: number): number => Math.floor(ms / 1000 / stepSeconds)

/**
 * The step that a code belongs to, or nothing when it is wrong or was taken before.
 * @param secret in base 32
 * @param lastStep the newest step whose code was taken; no code of it or before it counts again
 */
export const acceptedStep = (secret: string, code: string, nowMs: number, lastStep: number): number | undefined => {
  const key = fromBase32(secret)
  const given = Buffer.from(code.padEnd(6).slice(0, 6))
  let found: number | undefined
  for (let step = stepAt(nowMs) - drift; step <= stepAt(nowMs) + drift; step++) {
    // Every candidate is computed and compared whole: the time taken tells nothing.
    const same = timingSafeEqual(Buffer.from(hotp(key, step)), given)
    if (same && step > lastStep) found = step
  }
  return code.length === 6 ? found : undefined
}

export const otpauth = (name: string, secret: string): string =>
  `otpauth://totp/Bulkhead:${encodeURIComponent(name)}?secret=${secret}&issuer=Bulkhead`
