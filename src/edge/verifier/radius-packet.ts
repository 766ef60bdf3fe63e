/** Packets of RADIUS (RFC 2865) with their Message-Authenticator (RFC 2869, 5.14; RFC 3579, 3.2). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const codes = { request: 1, accept: 2, reject: 3, challenge: 11 } as const
const [userName, userPassword, messageAuthenticator, nasIdentifier] = [1, 2, 80, 32] as const
const headLength = 20

const attribute = (type: number, value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([type, value.length + 2]), value])

/** RFC 2865, 5.2: blocks of 16 bytes, each hidden by the secret and the block before. */
export const hiddenPassword = (password: string, secret: Uint8Array, authenticator: Uint8Array): Buffer => {
  const text = Buffer.from(password, 'utf8').subarray(0, 128)
  const plain = Buffer.alloc(Math.max(16, Math.ceil(text.length / 16) * 16))
  text.copy(plain)
  let before: Uint8Array = authenticator
  for (let at = 0; at < plain.length; at += 16) {
    const mask = createHash('md5').update(secret).update(before).digest()
    for (let index = 0; index < 16; index++) plain[at + index] = (plain[at + index] ?? 0) ^ (mask[index] ?? 0)
    before = plain.subarray(at, at + 16)
  }
  return plain
}

export interface AccessRequest {
  readonly id: number
  /** 16 random bytes. */
  readonly authenticator: Uint8Array
  readonly secret: Uint8Array
  readonly user: string
  readonly password: string
  readonly nas: string
}

/** An Access-Request. Its Message-Authenticator stands first: nothing that an attacker chooses precedes it (CVE-2024-3596). */
export const accessRequest = ({ id, authenticator, secret, user, password, nas }: AccessRequest): Buffer => {
  const attributes = [
    attribute(messageAuthenticator, Buffer.alloc(16)),
    attribute(userName, Buffer.from(user, 'utf8').subarray(0, 253)),
    attribute(userPassword, hiddenPassword(password, secret, authenticator)),
    attribute(nasIdentifier, Buffer.from(nas, 'utf8').subarray(0, 253)),
  ]
  const packet = Buffer.concat([Buffer.from([codes.request, id, 0, 0]), authenticator, ...attributes])
  packet.writeUInt16BE(packet.length, 2)
  createHmac('md5', secret)
    .update(packet)
    .digest()
    .copy(packet, headLength + 2)
  return packet
}

const placeOf = (packet: Buffer, type: number): number | undefined => {
  let found: number | undefined
  for (let at = headLength; at < packet.length;) {
    const length = packet[at + 1] ?? 0
    if (length < 2 || at + length > packet.length) return undefined
    if (packet[at] === type) {
      if (found !== undefined || length !== 18) return undefined
      found = at
    }
    at += length
  }
  return found
}

/** The code of a response that is one to this request, proved twice: by its authenticator and by a Message-Authenticator, which must be there. */
export const responseCode = (
  bytes: Buffer,
  { id, authenticator, secret }: Pick<AccessRequest, 'id' | 'authenticator' | 'secret'>,
): number | undefined => {
  if (bytes.length < headLength || bytes.length > 4096) return undefined
  const length = bytes.readUInt16BE(2)
  if (bytes[1] !== id || length < headLength || length > bytes.length) return undefined
  // What follows the length is padding (RFC 2865, 3).
  const packet = Buffer.from(bytes.subarray(0, length))
  const proof = Buffer.from(packet.subarray(4, headLength))
  packet.set(authenticator, 4)
  if (!timingSafeEqual(createHash('md5').update(packet).update(secret).digest(), proof)) return undefined
  const at = placeOf(packet, messageAuthenticator)
  if (at === undefined) return undefined
  const sum = Buffer.from(packet.subarray(at + 2, at + 18))
  packet.fill(0, at + 2, at + 18)
  return timingSafeEqual(createHmac('md5', secret).update(packet).digest(), sum) ? packet[0] : undefined
}
