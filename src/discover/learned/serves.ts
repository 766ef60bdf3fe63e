/** Whether a conversation is of a service, as policy names it. */
import { etherTypes } from '#protocols/layer2.ts'
import { isProtocolName } from '#protocols/index.ts'
import type { Conversation } from '../model.ts'

const icmp: readonly (number | undefined)[] = [1, 58]

export const serves = (service: string, { transport, port, proto, protocol, etherType }: Conversation): boolean => {
  if (isProtocolName(service)) return protocol === service
  const [, kind, number] = /^(tcp|udp|ip|ethertype)\/(\w+)$/.exec(service) ?? []
  if (kind === 'tcp' || kind === 'udp') return transport === kind && port === Number(number)
  if (kind === 'ip') return proto === Number(number)
  if (service === 'icmp') return icmp.includes(proto)
  const known = Object.entries(etherTypes).find(([name]) => name === service)?.[1]
  return proto === undefined && etherType === (known ?? Number(number))
}
