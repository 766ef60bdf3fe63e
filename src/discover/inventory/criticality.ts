/** How much depends on a device: from what it is, who writes to it, and how many need it. A person knows better. */
import type { Concluded, Device, Kind, Told } from '../model.ts'
import type { Activity } from './activity.ts'
import type { Body } from './bodies.ts'
import { round } from './clues.ts'
import { count } from './kind/control.ts'
import { kindWords } from './kind/words.ts'

/** What it costs when one of a kind stops, roughly: 3 is high by itself, from 1.5 on it is medium. */
const bases: Readonly<Record<Kind, number>> = {
  sis: 3,
  plc: 2,
  rtu: 2,
  relay: 2,
  robot: 2,
  scada: 2,
  drive: 1.5,
  io: 1.5,
  hmi: 1.5,
  engineering: 1.5,
  gateway: 1.5,
  switch: 1.5,
  router: 1.5,
  firewall: 1.5,
  historian: 1,
  server: 1,
  sensor: 1,
  meter: 1,
  workstation: 0.5,
  other: 0.5,
  printer: 0,
  camera: 0,
}

/** Devices that ask one, from which on it matters more. */
const several = 5
const very = 20

export const criticalityOf = (
  { forwards }: Body,
  kind: Concluded<Kind>,
  { serves }: Activity,
  told: Told | undefined,
): Device['criticality'] => {
  if (told?.criticality !== undefined) return { value: told.criticality, confidence: 1, because: ['a person said so'] }
  let score = bases[kind.value]
  const because = [kind.value === 'other' ? 'nothing tells what it does' : `it is taken for ${kindWords(kind.value)}`]
  let writes = 0
  const clients = new Set<number>()
  for (const { protocol, counts, peers, answered } of serves.values()) {
    if (protocol !== undefined) writes += counts.write + counts.control
    if (answered) for (const peer of peers) clients.add(peer)
  }
  if (writes > 0) {
    score += 1
    because.push(`${count(writes, 'write')} and orders went to it`)
  }
  if (clients.size >= several) {
    score += clients.size >= very ? 1 : 0.5
    because.push(`${count(clients.size, 'device')} ask it`)
  }
  if (forwards >= several) {
    score += forwards >= very ? 1.5 : 0.5
    because.push(`packets of ${count(forwards, 'address')} pass through it`)
  }
  const value = score >= 3 ? 'high' : score >= 1.5 ? 'medium' : 'low'
  return { value, confidence: round(0.35 + 0.35 * kind.confidence), because }
}
