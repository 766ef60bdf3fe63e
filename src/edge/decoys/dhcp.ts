/** The address that a DHCP message is about to put into use (RFC 2131, 4.3). Pure. */
import { formatIp4At } from '#core/address.ts'

const fixedBytes = 236
const cookie = 0x63825363
const bootRequest = 1
const option = { pad: 0, requestedAddress: 50, messageType: 53, end: 255 }
const type = { request: 3, ack: 5 }
/** Options of one message; a longer list is nobody's. */
const mostOptions = 128

const optionsOf = (bytes: Uint8Array, from: number): Map<number, Uint8Array> => {
  const found = new Map<number, Uint8Array>()
  let at = from
  for (let count = 0; count < mostOptions && at < bytes.length; count++) {
    const code = bytes[at] ?? option.end
    if (code === option.end) break
    if (code === option.pad) {
      at++
      continue
    }
    const length = bytes[at + 1]
    if (length === undefined || at + 2 + length > bytes.length) break
    if (!found.has(code)) found.set(code, bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return found
}

const address = (bytes: Uint8Array, at: number): string | undefined => {
  const text = formatIp4At(bytes, at)
  return text === '0.0.0.0' ? undefined : text
}

/**
 * What a client asks for (REQUEST: option 50, else ciaddr) or is given (ACK: yiaddr).
 * @param bytes payload of UDP
 * @returns undefined for every other message
 */
export const addressTaken = (bytes: Uint8Array): string | undefined => {
  if (bytes.length < fixedBytes + 4) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(fixedBytes) !== cookie) return undefined
  const options = optionsOf(bytes, fixedBytes + 4)
  const kind = options.get(option.messageType)?.[0]
  if (kind === type.request && bytes[0] === bootRequest) {
    const asked = options.get(option.requestedAddress)
    return asked?.length === 4 ? address(asked, 0) : address(bytes, 12)
  }
  return kind === type.ack && bytes[0] === 2 ? (address(bytes, 16) ?? address(bytes, 12)) : undefined
}
