/**
 * Parts of packets that come before their first ones: some senders make them in that order, and some networks change it. The kernel's
 * rules let a later part follow its first one; where that does not hold it has to put packets together before they are judged.
 */
import { Fault } from '#core/errors.ts'
import { areTalkers } from '#policy/tables.ts'
import type { Packet } from '#policy/packet.ts'
import { vlanOf } from '#policy/verdict.ts'
import type { Edge } from '../context.ts'
import { isTogether } from '../enforce.ts'
import { keys } from '../store/kv.ts'

/** First parts that were denied lately: what follows them is alone because of that, in whatever order. */
const remembered = 64
const denied = new WeakMap<Edge, Set<string>>()

/** Heeds the record of a packet that was denied. What follows from it is done by the next look at what is enforced. */
export const heedPart = (edge: Edge, packet: Packet): void => {
  const { ip } = packet
  if (ip?.part === undefined || edge.plan.kind !== 'bridge') return
  const key = `${ip.src} ${ip.dst} ${ip.proto} ${ip.part.id}`
  const firsts = denied.get(edge) ?? new Set()
  if (ip.part.place === 'first') {
    denied.set(edge, firsts.add(key))
    for (const oldest of firsts) if (firsts.size > remembered) firsts.delete(oldest)
    return
  }
  if (firsts.has(key) || isTogether(edge.store) || !areTalkers(edge.plan, vlanOf(edge.plan, packet), ip)) return
  try {
    edge.store.kv.set(keys.together, true)
  } catch (error) {
    // On a full disk it is seen again.
    if (!(error instanceof Fault)) throw error
  }
}
