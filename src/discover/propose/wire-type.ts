import type { Conversation } from '../model.ts'

const ipv4 = 0x0800
const ipv6 = 0x86dd

export const isIp = ({ etherType }: Pick<Conversation, 'etherType'>): boolean =>
  etherType === ipv4 || etherType === ipv6
