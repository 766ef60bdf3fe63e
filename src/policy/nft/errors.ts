/** ICMP errors about permitted conversations. */
import { endsOf, type Plan, type Range } from '../plan.ts'
import { counters, type IpWords } from './names.ts'
import { rangeRule } from './range.ts'
import type { Writer } from './writer.ts'
/** ICMP errors pass between addresses that take part in permitted conversations, and from routers, which report about any. */
export const errorsChain = (plan: Plan, writer: Writer, ip: IpWords, ranges: readonly Range[]): void => {
  const { family, address } = ip
  const mine = plan.exact.filter((element) => element.family === family)
  writer.set(`talkers${family}`, `type mark . ${address}`)
  writer.elements(`talkers${family}`, [
    ...new Set(mine.flatMap(({ vlan, src, dst }) => [`${vlan} . ${src}`, `${vlan} . ${dst}`])),
  ])
  writer.set(`routers${family}`, `type ${address}`)
  writer.elements(`routers${family}`, [
    ...new Set(plan.routerIps.filter((text) => text.includes(':') === (family === 6))),
  ])
  const pass = `${writer.counter(counters.icmpErrors)} accept`
  writer.chain(`errors${family}`, [
    `${ip.src} @${writer.name(`routers${family}`)} ${pass}`,
    ...(family === 4 ? ['meta l4proto 1 icmp type 5 return'] : []),
    `meta mark . ${ip.src} @${writer.name(`talkers${family}`)} meta mark . ${ip.dst} @${writer.name(`talkers${family}`)} ${pass}`,
    ...ranges
      .map(endsOf)
      .flatMap((range) => [
        `${rangeRule(writer, ip, range, 'there')} ${pass}`,
        `${rangeRule(writer, ip, range, 'back')} ${pass}`,
      ]),
  ])
}
