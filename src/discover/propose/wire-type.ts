/** What a conversation is on the wire, as far as policy asks. */
import { infrastructureName } from '#policy/evaluate-infrastructure.ts'
import { infrastructureEtherTypes, pvstAddress, stpAddress } from '#policy/nft/infrastructure.ts'
import type { Conversation } from '../model.ts'

const ipv4 = 0x0800
const ipv6 = 0x86dd

export const isIp = ({ etherType }: Pick<Conversation, 'etherType'>): boolean =>
  etherType === ipv4 || etherType === ipv6

/** IEEE 802.3 with a length: no EtherType that a policy could name. */
export const isLlc = ({ etherType }: Pick<Conversation, 'etherType'>): boolean => etherType < 0x600

const passing = new Set<number>([0x0806, ...Object.values(infrastructureEtherTypes)])

/** What the kernel lets pass in every mode, as docs/policy.md lists it. */
export const isInfrastructure = (conversation: Conversation): boolean => {
  const { etherType, proto, port, client, server } = conversation
  if (isLlc(conversation)) return server === stpAddress || server === pvstAddress
  if (!isIp(conversation)) return passing.has(etherType)
  if (proto === undefined) return false
  const family = etherType === ipv4 ? 4 : 6
  const ports = port === undefined ? {} : { sport: port, dport: port, icmpType: port }
  return infrastructureName({ family, src: client, dst: server, proto, ...ports }) !== undefined
}
