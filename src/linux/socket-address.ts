import { formatIp4At, formatIp6At, parseIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'

const AF_INET = 2
const AF_INET6 = 10

/**
 * The 4 or 16 bytes of an IP address in network order.
 * @throws Fault `usage` for anything that is not an address
 */
export const addressBytes = (host: string): Uint8Array => {
  const ip = parseIp(host)
  if (ip === undefined) throw new Fault('usage', `"${host}" is no IP address.`)
  const bytes = new Uint8Array(ip.family === 4 ? 4 : 16)
  let value = ip.value
  for (let at = bytes.length - 1; at >= 0; at--) {
    bytes[at] = Number(value & 0xffn)
    value >>= 8n
  }
  return bytes
}

/** The canonical text of a 4- or 16-byte address; `undefined` for any other length. */
export const addressText = (bytes: Uint8Array): string | undefined =>
  bytes.length === 4 ? formatIp4At(bytes, 0) : bytes.length === 16 ? formatIp6At(bytes, 0) : undefined

/** `struct sockaddr_in` or `sockaddr_in6` for an IP address (IPv6 without a scope) and a port. */
export const socketAddress = (host: string, port: number): Uint8Array => {
  const address = addressBytes(host)
  const v6 = address.length === 16
  const bytes = new Uint8Array(v6 ? 28 : 16)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, v6 ? AF_INET6 : AF_INET, true)
  view.setUint16(2, port)
  bytes.set(address, v6 ? 8 : 4)
  return bytes
}
