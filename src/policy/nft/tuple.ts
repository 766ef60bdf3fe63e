/** The five fields of a conversation as keys of the permit maps, and which conduits they hold. */
import { isCyclic, type PartOfService } from '../cyclic.ts'
import type { PlanConduit } from '../plan.ts'
import type { IpWords } from './names.ts'

/** As the first packet has them. */
export const there = ({ src, dst }: IpWords) => `meta mark . ${src} . ${dst} . meta l4proto . th dport`
/** Mirrored: as an answer has them. */
export const back = ({ src, dst }: IpWords) => `meta mark . ${dst} . ${src} . meta l4proto . th sport`

/** Conduits that only inspection of commands can enforce are in no map, save for process data that carries none. */
export const inspected = (conduit: PlanConduit | undefined, part: PartOfService = {}): boolean =>
  conduit?.allow !== undefined && !isCyclic(conduit.service, part)
