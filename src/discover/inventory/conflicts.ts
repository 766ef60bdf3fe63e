/** Two Ethernet addresses that have one IP address: a device that was replaced, a redundant pair, or somebody in between. */
import type { Link } from './links.ts'
import type { Router } from './routers.ts'

export interface Conflict {
  readonly address: string
  /** The one that the device is taken to have, then the others. */
  readonly macs: readonly string[]
  readonly text: string
}

/** A capture may tell any time; beyond what a calendar has it stays a number. */
const timeText = (at: number): string =>
  Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z') : `${at} ms`

/**
 * @param links of one address, its owner first
 * @returns undefined when only one has it, or others merely pass its packets on
 */
export const conflictOf = (
  address: string,
  links: readonly Link[],
  routers: ReadonlyMap<string, Router>,
): Conflict | undefined => {
  const [owner, ...rest] = links
  if (owner === undefined) return undefined
  // A router may send packets of anybody; only a claim makes it a rival.
  const rivals = rest.filter(
    ({ mac, claims, weak }) => !weak && (claims > 0 || (owner.claims === 0 && !routers.has(mac))),
  )
  if (rivals.length === 0) return undefined
  const macs = [owner, ...rivals].map(({ mac }) => mac)
  const [first, last] = [owner, ...rivals].toSorted((a, b) => a.first - b.first)
  const moved = first !== undefined && last !== undefined && rivals.length === 1 && first.last < last.first
  const text = moved
    ? `${address} was at ${first.mac} until ${timeText(first.last)} and is at ${last.mac} since ${timeText(last.first)}`
    : `${address} is at ${macs.join(' and at ')} at the same time`
  return { address, macs, text }
}
