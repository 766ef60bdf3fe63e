/**
 * Parts of packets that come before their first ones: some senders make them in that order, and some networks change it. The kernel's
 * rules let a later part follow its first one; where that does not hold it has to put packets together before they are judged. A later
 * part whose first one never passed says nothing: it was lost or denied, or somebody made it up.
 */
import { Fault } from '#core/errors.ts'
import { askForFirst } from '#policy/nft/fragments.ts'
import { evaluate } from '#policy/evaluate.ts'
import { initialState } from '#policy/state.ts'
import type { Packet } from '#policy/packet.ts'
import { areTalkers } from '#policy/tables.ts'
import { vlanOf } from '#policy/verdict.ts'
import type { Edge } from '../context.ts'
import { isTogether } from '../enforce.ts'
import { keys } from '../store/kv.ts'

/** Later parts that were denied lately, by the question whether their first ones passed since: how often that is still asked. */
const waiting = new WeakMap<Edge, Map<string, number>>()
const most = 4
/** The kernel remembers first parts for longer than this many looks take. */
const looks = 2

/** Heeds the record of a later part whose first one did not pass before it. */
export const heedPart = (edge: Edge, packet: Packet): void => {
  const { ip } = packet
  if (ip === undefined || isTogether(edge.store)) return
  if (evaluate(edge.plan, initialState(), packet).reason !== 'fragment-alone') return
  const vlan = vlanOf(edge.plan, packet)
  if (!areTalkers(edge.plan, vlan, ip)) return
  const questions = waiting.get(edge) ?? new Map<string, number>()
  waiting.set(edge, questions.set(askForFirst(packet, ip, vlan), looks))
  for (const oldest of questions.keys()) if (questions.size > most) questions.delete(oldest)
}

const cameEarly = (edge: Edge): boolean => {
  const questions = waiting.get(edge)
  if (questions === undefined) return false
  for (const [question, left] of questions) {
    if (edge.nft.run(question).ok) return true
    if (left > 1) questions.set(question, left - 1)
    else questions.delete(question)
  }
  return false
}

/** Whether packets have to be put together here, as was seen once and is remembered. Called every two seconds. */
export const mustBeTogether = (edge: Edge): boolean => {
  if (isTogether(edge.store)) return true
  if (!cameEarly(edge)) return false
  try {
    edge.store.kv.set(keys.together, true)
  } catch (error) {
    // On a full disk it is seen again.
    if (error instanceof Fault) return false
    throw error
  }
  return true
}
