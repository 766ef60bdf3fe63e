/** What a conversation is on the wire, as far as policy asks. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import { infrastructureEtherTypes } from '#policy/nft/infrastructure.ts'
import type { Conversation } from '../model.ts'

const ipv4 = 0x0800
const ipv6 = 0x86dd

export const isIp = ({ etherType }: Pick<Conversation, 'etherType'>): boolean =>
  etherType === ipv4 || etherType === ipv6

const passing = new Set<number>([0x0806, ...Object.values(infrastructureEtherTypes)])

/** What the kernel lets pass in every mode, as docs/policy.md lists it. */
export const isInfrastructure = ({ etherType, proto, port, server, transport }: Conversation): boolean => {
  if (etherType < 0x600 || passing.has(etherType)) return true
  if (proto === 2 || proto === 58 || proto === 112) return true
  if (transport !== 'udp' || port === undefined) return false
  if ([67, 68, 546, 547].includes(port)) return true
  const isGroup = ['224.0.0.0/4', 'ff00::/8'].some((network) => cidrContains(network, canonicalIp(server) ?? ''))
  return isGroup && [319, 320, 1985].includes(port)
}
