/** What services have in common on the wire. */
import type { Deny, Site } from '#schema/site.ts'
import { resolveEnd } from '../ends.ts'
import { parseService, type Flow, type Service } from '../service.ts'
import { addressesOf, type Places, type Spans } from './span.ts'

const all = [[0, 65_535]] as const
const portsOf = (flow: Flow) => flow.ports ?? all

const sameEnds = (a: Flow, b: Flow) =>
  a.from === b.from && (a.family === undefined || b.family === undefined || a.family === b.family)

const flowsMeet = (a: Flow, b: Flow): boolean =>
  sameEnds(a, b) &&
  (a.proto === undefined || b.proto === undefined || a.proto === b.proto) &&
  portsOf(a).some(([from, to]) => portsOf(b).some(([start, end]) => from <= end && start <= to))

const flowCovers = (outer: Flow, inner: Flow): boolean =>
  outer.from === inner.from &&
  (outer.family === undefined || outer.family === inner.family) &&
  (outer.proto === undefined || outer.proto === inner.proto) &&
  (outer.multicast === undefined || outer.multicast === inner.multicast) &&
  portsOf(inner).every(([from, to]) => portsOf(outer).some(([start, end]) => start <= from && to <= end))

/** Whether two services share a packet. */
export const sharesFlow = (a: Service, b: Service): boolean =>
  a.flows.some((flow) => b.flows.some((other) => flowsMeet(flow, other))) ||
  a.etherTypes.some((type) => b.etherTypes.includes(type))

/** Whether every packet of `inner` is one of `outer`. */
export const coversFlow = (outer: Service, inner: Service): boolean =>
  inner.flows.every((flow) => outer.flows.some((other) => flowCovers(other, flow))) &&
  inner.etherTypes.every((type) => outer.etherTypes.includes(type))

export interface ResolvedDeny {
  readonly id: string
  readonly service: Service
  readonly sources: Spans
  readonly targets: Spans
}

export const resolveDeny = (site: Site, { id, from, to, service }: Deny, places: Places): ResolvedDeny | undefined => {
  const [source, target, meant] = [resolveEnd(site, from), resolveEnd(site, to), parseService(service, site.groups)]
  if (source === undefined || target === undefined || meant === undefined) return undefined
  return { id, service: meant, sources: addressesOf(source, places), targets: addressesOf(target, places) }
}
