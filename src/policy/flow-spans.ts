/** Services as spans of numbers, so that "covers" and "meets" are the same arithmetic as for addresses. */
import { join, type Spans } from './check/span.ts'
import type { Service } from './service.ts'

const ports = 65_536n
const protocols = 256n
const etherTypeBase = 2n * protocols * ports

/** Direction, IP protocol and port of a service as spans of numbers; EtherTypes follow. Multicast flows go with their service. */
export const flowSpans = (service: Service): Spans =>
  join([
    ...service.flows
      .filter(({ multicast }) => multicast === undefined)
      .flatMap(({ from, proto, ports: list }) => {
        const side = from === 'client' ? 0n : protocols * ports
        if (proto === undefined) return [{ first: side, last: side + protocols * ports - 1n }]
        const base = side + BigInt(proto) * ports
        return (list ?? [[0, 65_535] as const]).map(([first, last]) => ({
          first: base + BigInt(first),
          last: base + BigInt(last),
        }))
      }),
    ...service.etherTypes.map((type) => ({ first: etherTypeBase + BigInt(type), last: etherTypeBase + BigInt(type) })),
  ])

/** What a number of {@link flowSpans} stands for. */
export const flowAt = (
  value: bigint,
): { side: 'client' | 'server'; proto: number; port: number } | { etherType: number } => {
  if (value >= etherTypeBase) return { etherType: Number(value - etherTypeBase) }
  const side = protocols * ports
  const onSide = value % side
  return { side: value >= side ? 'server' : 'client', proto: Number(onSide / ports), port: Number(onSide % ports) }
}
