/** Which decoys come back to addresses that somebody claimed, because a person says so. Pure. */
import { Fault } from '#core/errors.ts'
import type { ReturnReport } from '#schema/decoys-control.ts'
import type { Withdrawal } from './withdrawn.ts'

export interface Quiet {
  /** ms since 1970. */
  readonly now: number
  /** Seconds for which nobody may have been heard there. */
  readonly quiet: number
  /** ms since 1970. */
  readonly heardLast: (row: Withdrawal) => number
}

const ago = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`)

/**
 * Whoever is still heard may be a device: what a person wants does not put a decoy in its place.
 * @param addresses those that are meant; all where none is named
 * @throws Fault `not-found`, `refused` when none of those that are named may come back
 */
export const returning = (
  addresses: readonly string[],
  rows: readonly Withdrawal[],
  { now, quiet, heardLast }: Quiet,
): ReturnReport => {
  const claimed = new Map(rows.map((row) => [row.address, row]))
  const unknown = addresses.find((address) => !claimed.has(address))
  if (unknown !== undefined)
    throw new Fault('not-found', `Nobody claimed ${unknown}, or it is in no pool of this edge.`, {
      advice: '`bulkhead decoys list --all` shows which addresses are withdrawn.',
    })
  const named = new Set(addresses)
  const meant = named.size === 0 ? rows : rows.filter(({ address }) => named.has(address))
  const aged = meant.map((row) => ({
    address: row.address,
    seconds: Math.max(0, Math.floor((now - heardLast(row)) / 1000)),
  }))
  const used = aged.filter(({ seconds }) => seconds < quiet)
  const [first] = used
  if (first !== undefined && used.length === aged.length)
    throw new Fault(
      'refused',
      `Somebody was heard at ${first.address} ${ago(first.seconds)} ago${used.length === 1 ? '' : `, and at the ${used.length - 1} others as lately`}: no decoy comes where somebody is.`,
      { advice: `Find him first. Decoys come back when nobody was heard for ${ago(quiet)} (listen-for).` },
    )
  const returned = aged.filter(({ seconds }) => seconds >= quiet).map(({ address }) => address)
  return { returned, used, quiet }
}

/** For its event. */
export const returnedText = (returned: readonly string[], reason: string): string => {
  const where = returned.length === 1 ? `${returned[0]}, which was` : `${returned.length} addresses, which were`
  return `Decoys may stand again at ${where} claimed: ${reason}.`.slice(0, 500)
}
