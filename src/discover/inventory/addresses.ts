/** What an address says by itself: whether a device can have it, in which network it lies, and whose duty it has. */
import { cidrContains, formatIp, isMulticast, parseIp } from '#core/address.ts'
import { byText } from '#core/order.ts'

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

export const isMac = (text: string): boolean => macPattern.test(text)

/** 169.254.0.0/16: what a device gives itself while it has no address (RFC 3927). */
export const isLinkLocal4 = (ip: string): boolean => ip.startsWith('169.254.')

/** fe80::/10: every IPv6 interface has one of these beside its other addresses (RFC 4291, 2.5.6). */
export const isLinkLocal6 = (ip: string): boolean => /^fe[89ab]/.test(ip)

/** Neither unspecified, nor all, nor a group: one device can have it. */
export const isUnicast = (address: string): boolean => {
  if (isMac(address)) return (Number.parseInt(address.slice(0, 2), 16) & 1) === 0 && address !== '00:00:00:00:00:00'
  if (address === '::' || address === '255.255.255.255' || address.startsWith('0.')) return false
  return parseIp(address) !== undefined && !isMulticast(address)
}

/** The network that an address most likely lies in: /24, or /64 in IPv6 (RFC 4291, 2.5.1). */
export const networkOf = (ip: string): string => {
  if (!ip.includes(':')) return ip.slice(0, ip.lastIndexOf('.'))
  const value = parseIp(ip)?.value ?? 0n
  return formatIp(6, (value >> 64n) << 64n)
}

/** VRRP (RFC 9568, 7.3), HSRP versions 1 and 2 and for IPv6, and GLBP: Ethernet addresses that only gateways have. */
const gatewayMacs = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:05:73:a0:0|00:07:b4:0)/

export const isGatewayMac = (mac: string): boolean => gatewayMacs.test(mac)

/** Networks that no site shares with others: RFC 1918, 6598, 3927, 2544, 4193, 4291, and loopback. */
const ownNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '198.18.0.0/15',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
]

/** Whether it is an address of the Internet rather than of a site. Some sites use such addresses inside all the same. */
export const isPublic = (ip: string): boolean => !isMac(ip) && !ownNetworks.some((network) => cidrContains(network, ip))

/** How far two Ethernet addresses are apart as numbers; makers give those of one device in a row. */
export const macDistance = (a: string, b: string): number =>
  Math.abs(Number.parseInt(a.replaceAll(':', ''), 16) - Number.parseInt(b.replaceAll(':', ''), 16))

/** Canonical order of addresses: IPv4 by number, then IPv6, then Ethernet addresses. */
export const addressKey = (address: string): string => {
  if (isMac(address)) return `9${address}`
  const ip = parseIp(address)
  return ip === undefined ? `8${address}` : `${ip.family}${ip.value.toString(16).padStart(32, '0')}`
}

export const byAddress = (a: string, b: string): number => {
  return byText(addressKey(a), addressKey(b))
}
