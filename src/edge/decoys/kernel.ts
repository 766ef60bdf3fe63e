/** What the kernel's rules must know of decoys: the sets that policy/nft declares for them. */
import { formatIp4At } from '#core/address.ts'
import { timedElements } from '#linux/nft-objects.ts'
import type { Nft } from '#linux/nftables.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { linkAt, refreshed, transaction, type Link } from '../kernel/containment.ts'
import { listSet } from '../kernel/elements.ts'
import type { StandIn } from './stand-ins.ts'

export interface DecoySets {
  /** Addresses at which a decoy stands now. */
  readonly addresses: readonly string[]
  readonly macs: readonly string[]
  readonly gateways: readonly string[]
  /** Ports on which some persona answers, as `tcp . 102`. */
  readonly ports: readonly string[]
}
export const noDecoys: DecoySets = { addresses: [], macs: [], gateways: [], ports: [] }

const names = { addresses: 'decoys', macs: 'decoy_macs', gateways: 'decoy_gateways', ports: 'decoy_ports' } as const

/** Elements of one line: one command of thousands is slow to parse for nobody, but an error names the whole line. */
const perLine = 256

const filled = (
  family: string,
  set: string,
  elements: readonly string[],
  { owner = table, kind = 'set' }: { owner?: string; kind?: 'set' | 'map' } = {},
): string[] => {
  const at = `${family} ${owner} ${set}`
  const lines = [`flush ${kind} ${at}`]
  for (let from = 0; from < elements.length; from += perLine)
    lines.push(`add element ${at} { ${elements.slice(from, from + perLine).join(', ')} }`)
  return lines
}

/** Makes the sets hold exactly these, in one step. @throws Fault `kernel-rejected`, also where the rules have no decoys */
export const setDecoys = (nft: Nft, family: string, sets: DecoySets): void =>
  transaction(nft, [
    ...filled(family, names.addresses, sets.addresses),
    ...filled(family, names.macs, sets.macs),
    ...filled(family, names.gateways, sets.gateways),
    ...filled(family, names.ports, sets.ports),
  ])

/** Addresses at which the kernel heeds who claims them: those of the pools. @throws Fault `kernel-rejected` */
export const setGround = (nft: Nft, family: string, addresses: readonly string[]): void =>
  transaction(nft, filled(family, 'decoy_ground', addresses))

/** Those that it heeds now, also when an earlier daemon told it to. */
export const groundOf = (nft: Nft, family: string): string[] =>
  listSet(nft, family, table, 'decoy_ground').flatMap(({ key: [address] }) => address ?? [])

/** Takes addresses out of the kernel's view of decoys: from here on nothing reaches them there. */
export const setAddresses = (nft: Nft, family: string, addresses: readonly string[]): void =>
  transaction(nft, filled(family, names.addresses, addresses))

const protocolNames: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp' }

/** Which decoy answers for which port of which asset, in one step. @throws Fault `kernel-rejected`, also where the rules deceive nobody */
export const setStandIns = (nft: Nft, all: readonly StandIn[]): void => {
  const key = (address: string, { proto, port }: StandIn): string =>
    `${address} . ${protocolNames[proto] ?? proto} . ${port}`
  const to = all.map((one) => `${key(one.real, one)} : ${one.decoy}`)
  const from = [...new Set(all.map((one) => key(one.decoy, one)))]
  transaction(nft, [
    ...filled('inet', 'deceive', to, { owner: ipTable, kind: 'map' }),
    ...filled('inet', 'deceivers', from, { owner: ipTable }),
  ])
}

const withdrawn = (family: string): string => `${family} ${table} decoy_withdrawn`

/** Keeps everybody from addresses that somebody claimed, for so many seconds from now on. */
export const holdWithdrawn = (nft: Nft, family: string, addresses: readonly string[], seconds: number): void =>
  transaction(
    nft,
    addresses.flatMap((address) => refreshed(withdrawn(family), address, Math.max(1, Math.ceil(seconds)))),
  )

/** Decoys may stand at these addresses again. */
export const releaseWithdrawn = (nft: Nft, family: string, addresses: readonly string[]): void =>
  transaction(
    nft,
    // To delete what is not there is an error, so each is put there first.
    addresses.flatMap((address) => refreshed(withdrawn(family), address, 1).slice(0, 2)),
  )

/**
 * Whether the kernel let something of this address through to a decoy in the last two minutes. Where somebody filled its memory of that,
 * it speaks against nobody: `full`.
 */
export const hasReached = (nft: Nft, family: string, address: string): boolean | 'full' => {
  if (nft.run(`get element ${family} ${table} decoy_peers { ${address} }`).ok) return true
  return listSet(nft, family, table, 'decoy_peers_full').length > 0 ? 'full' : false
}

/** Places from which frames of connections of this address with decoys came in the last two minutes, the last first. */
export const linksOf = (nft: Nft, family: 'bridge' | 'inet', address: string): Link[] =>
  timedElements(family, table, 'decoy_links', nft.namespace)
    .toSorted((a, b) => b.expires - a.expires)
    .flatMap(({ key }) => {
      const { ip, ...link } = linkAt(key, 4)
      return ip === address ? [link] : []
    })

/** Addresses that the kernel saw claimed: it holds them whether anybody reads its records or not. */
export const heldWithdrawn = (nft: Nft, family: string): string[] =>
  listSet(nft, family, table, 'decoy_withdrawn').flatMap(({ key: [address] }) => address ?? [])

/** As policy/nft/decoys has it: seconds that the kernel holds an address from the last frame of whoever claims it. */
const heldFor = 30 * 86_400

/** Seconds since each address was claimed last. What the edge holds by itself for less than that counts as claimed long ago. */
export const lastClaimed = (nft: Nft, family: 'bridge' | 'inet'): Map<string, number> =>
  new Map(
    timedElements(family, table, 'decoy_withdrawn', nft.namespace).map(({ key, expires }) => [
      formatIp4At(key, 0),
      Math.max(0, heldFor - expires),
    ]),
  )
