import { isIPv6 } from 'node:net'
import { Fault } from '#core/errors.ts'

const AF_INET = 2
const AF_INET6 = 10

/** `struct sockaddr_in` or `sockaddr_in6` for an IP address (IPv6 without a scope) and a port. */
export const socketAddress = (host: string, port: number): Uint8Array => {
  const v6 = isIPv6(host)
  const bytes = new Uint8Array(v6 ? 28 : 16)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, v6 ? AF_INET6 : AF_INET, true)
  view.setUint16(2, port)
  if (v6) bytes.set(ipv6Bytes(host), 8)
  else bytes.set(host.split('.').map(Number), 4)
  return bytes
}

/** The 16 bytes of an IPv6 address; an embedded dotted quad is understood (RFC 4291 2.2). */
export const ipv6Bytes = (host: string): Uint8Array => {
  if (!isIPv6(host)) throw new Fault('usage', `"${host}" is no IPv6 address.`)
  const plain = host.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map((word) => word.toString(16)).join(':'),
  )
  const [head = '', tail] = plain.split('::')
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)))
  const first = words(head)
  const last = tail === undefined ? [] : words(tail)
  const all = tail === undefined ? first : [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  const bytes = new Uint8Array(16)
  all.forEach((word, i) => {
    bytes[2 * i] = word >> 8
    bytes[2 * i + 1] = word & 0xff
  })
  return bytes
}
