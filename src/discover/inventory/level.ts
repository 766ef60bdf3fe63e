/** Purdue levels: from what a device is, and for what stands at any level from who is around it. */
import type { Concluded, Kind, Told } from '../model.ts'
import type { Activity } from './activity.ts'
import { isPublic, networkOf } from './addresses.ts'
import type { Body } from './bodies.ts'
import { round } from './clues.ts'
import { kindWords } from './kind/words.ts'

/** Level of a kind and how far that is always so; 0 where the kind stands at any level. */
const levels: Readonly<Record<Kind, readonly [level: number, sure: number]>> = {
  sensor: [0, 0.8],
  drive: [0, 0.65],
  io: [0, 0.65],
  meter: [1, 0.55],
  robot: [1, 0.65],
  plc: [1, 0.95],
  rtu: [1, 0.95],
  sis: [1, 0.95],
  relay: [1, 0.9],
  hmi: [2, 0.9],
  scada: [2, 0.85],
  engineering: [2, 0.75],
  historian: [3, 0.85],
  server: [3, 0.6],
  workstation: [4, 0.5],
  printer: [4, 0.4],
  camera: [2, 0],
  gateway: [2, 0],
  switch: [2, 0],
  router: [3, 0],
  firewall: [3, 0],
  other: [2, 0],
}

export interface Placed {
  readonly body: Body
  readonly kind: Concluded<Kind>
  readonly activity: Activity
  readonly told: Told | undefined
}

/** Added where those it speaks with are at its level or the next. */
const agreement = 0.1
/** Kinds and levels that are less sure tell nothing about others, and nothing about the level of the device itself. */
const sureEnough = 0.3

const byKind = ({ kind, told }: Placed): Concluded<number> => {
  if (told?.level !== undefined) return { value: told.level, confidence: 1, because: ['a person said so'] }
  const [value, sure] = levels[kind.value]
  return {
    value,
    confidence: round(sure * kind.confidence),
    because: [`${kindWords(kind.value)} is most often at level ${value}`],
  }
}

interface Tally {
  readonly counts: number[]
  total: number
}

const add = (tally: Tally, level: number): void => {
  tally.counts[level] = (tally.counts[level] ?? 0) + 1
  tally.total++
}

/** The level in the middle of all, and the share of those that are at it. */
const middle = ({ counts, total }: Tally): readonly [level: number, share: number] => {
  let seen = 0
  for (let level = 0; level < counts.length; level++) {
    const here = counts[level] ?? 0
    seen += here
    if (seen * 2 >= total && here > 0) return [level, here / total]
  }
  return [2, 0]
}

const networksOf = ({ vlan, ips }: Body): readonly string[] => [...new Set(ips.map((ip) => `${vlan} ${networkOf(ip)}`))]

const peersTally = ({ activity }: Placed, levelOf: readonly Concluded<number>[]): Tally => {
  const tally: Tally = { counts: [], total: 0 }
  for (const peer of activity.peers) {
    const level = levelOf[peer]
    if (level !== undefined && level.confidence >= sureEnough) add(tally, Math.round(level.value))
  }
  return tally
}

const speaks = (tally: Tally): string => {
  const [level] = middle(tally)
  return `speaks with ${tally.total} ${tally.total === 1 ? 'device' : 'devices'}, mostly of level ${level}`
}

const isInternet = ({ ips, behind, macs }: Body): boolean =>
  ips.length > 0 && macs.length === 0 && behind !== undefined && ips.every(isPublic)

/** What the devices around one are at, where its own kind tells too little. */
const bySurroundings = (
  { body, kind }: Placed,
  own: Concluded<number>,
  peers: Tally,
  networks: ReadonlyMap<string, Tally>,
): Concluded<number> => {
  const near = networksOf(body).flatMap((network) => networks.get(network) ?? [])
  const [around] = near.toSorted((a, b) => b.total - a.total || middle(a)[0] - middle(b)[0])
  if (around !== undefined && around.total > 0) {
    const [value, share] = middle(around)
    const because = [
      `most known devices of its network are at level ${value}`,
      ...(peers.total > 0 ? [speaks(peers)] : []),
    ]
    // What carries the traffic of a network belongs to it; what else is in it may be anything.
    const sure = kind.value === 'other' || kind.confidence < sureEnough ? 0.45 : 0.7
    return { value, confidence: round(sure * share), because }
  }
  if (peers.total === 0)
    return own.confidence > 0 ? own : { ...own, because: ['nothing around it tells its level'], confidence: 0.1 }
  const [level, share] = middle(peers)
  // Who uses controllers without being one is above them.
  const value = kind.value === 'other' && level < 2 ? level + 1 : level
  return { value, confidence: round(0.5 * share), because: [speaks(peers)] }
}

const refined = (placed: Placed, own: Concluded<number>, peers: Tally): Concluded<number> => {
  const { kind } = placed
  const [near, share] = middle(peers)
  if (kind.value === 'workstation' && peers.total > 0 && near <= 2)
    return { value: 3, confidence: round(0.5 * kind.confidence + agreement), because: [speaks(peers)] }
  if (kind.value === 'server' && placed.body.behind !== undefined && peers.total > 0 && near >= 3)
    return { value: 4, confidence: round(0.5 * kind.confidence), because: ['is behind a router', speaks(peers)] }
  const agrees = peers.total > 0 && Math.abs(near - own.value) <= 1 && share >= 0.5
  return agrees
    ? {
        ...own,
        confidence: round(Math.min(0.95, own.confidence + agreement)),
        because: [...own.because, speaks(peers)],
      }
    : own
}

/** @returns the levels, in the order of the devices */
export const levelsOf = (all: readonly Placed[]): readonly Concluded<number>[] => {
  const first = all.map(byKind)
  const networks = new Map<string, Tally>()
  for (const [i, { body }] of all.entries()) {
    const level = first[i]
    if (level === undefined || level.confidence < sureEnough || isInternet(body)) continue
    for (const network of networksOf(body)) {
      const tally = networks.get(network) ?? { counts: [], total: 0 }
      networks.set(network, tally)
      add(tally, Math.round(level.value))
    }
  }
  return all.map((placed, i) => {
    const own = first[i] ?? byKind(placed)
    if (placed.told?.level !== undefined) return own
    if (isInternet(placed.body))
      return { value: 5, confidence: 0.8, because: ['has an address of the Internet and is behind a router'] }
    const peers = peersTally(placed, first)
    const byItself = levels[placed.kind.value][1] > 0 && placed.kind.confidence >= sureEnough
    return byItself ? refined(placed, own, peers) : bySurroundings(placed, own, peers, networks)
  })
}
