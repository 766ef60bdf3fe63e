/** Containment of somebody who spoke to a decoy, through the edge's own way. */
import { parseIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { forwardingTable, neighbourMac } from '#linux/neighbours.ts'
import { table } from '#policy/nft/names.ts'
import type { OutOfScope } from '#policy/plan.ts'
import { assetOf, durably, endOf, portNamed, record, steadyNow, vlansOf, type Edge } from '../context.ts'
import { hold, listContained, refreshed, transaction, type Link } from '../kernel/containment.ts'
import { listSet } from '../kernel/elements.ts'

export interface Cause {
  readonly ip: string
  readonly zone: string
  readonly response: OutOfScope
  /** What it did, for the record: `s7comm at the decoy 198.18.1.40`. */
  readonly what: string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Decoys stand in untagged networks. */
const vlan = 0

/**
 * The place of an address on this wire, so that all its frames stop and not IP alone. Never that of a known asset, or of a MAC that
 * was seen to carry one.
 * @param namespace of the station that it spoke to, which knows who is on its segment
 */
const linkOf = async (edge: Edge, namespace: string, ip: string): Promise<Link | undefined> => {
  const mac = await neighbourMac(namespace, ip)
  if (mac === undefined || edge.plan.knownMacs.includes(mac)) return undefined
  if (listSet(edge.nft, edge.family, table, 'carriers').some(({ key }) => key[2] === mac)) return undefined
  const seen = (await forwardingTable(edge.plan.bridge)).find((row) => row.learnt && row.mac === mac)
  const port = edge.plan.ports.find(({ device }) => device === seen?.device)
  return port === undefined ? undefined : { device: port.device, vlan, mac }
}

const isHeld = (edge: Edge, ip: string): boolean =>
  listContained(edge.nft, edge.family).some((row) => row.ip === ip && row.kind === 'ordered')

const write = (edge: Edge, kind: 'ordered' | 'known', { ip, response, what, zone, evidence }: Cause): void => {
  const now = steadyNow(edge.store)
  durably(edge, () => {
    const { added } = edge.store.containments.add({
      kind,
      family: 4,
      vlan,
      ip,
      since: now,
      expiresAt: now + response.seconds * 1000,
      reason: 'decoy-contact',
      by: 'policy',
      scope: response.scope,
      evidence,
    })
    if (added)
      record(edge, {
        kind: 'containment',
        by: 'policy',
        reason: 'decoy-contact',
        source: endOf(edge.plan, ip),
        zone,
        text: `${assetOf(edge.plan, ip) ?? ip} is contained for ${response.seconds} s: it spoke to a decoy (${what}).`.slice(
          0,
          500,
        ),
      })
  })
}

/**
 * Stops everything from a stranger: at once by its address, a moment later by its place on the wire.
 * @param namespace of the station that it spoke to; undefined where a router may stand between, whose frames are those of others too
 */
export const containStranger = async (edge: Edge, cause: Cause, namespace: string | undefined): Promise<void> => {
  const { ip, response } = cause
  const order = { ip, vlans: vlansOf(edge.plan), seconds: response.seconds, fresh: !isHeld(edge, ip) }
  hold(edge.nft, edge.family, order)
  write(edge, 'ordered', cause)
  const link = namespace === undefined ? undefined : await linkOf(edge, namespace, ip)
  if (link === undefined) return
  hold(edge.nft, edge.family, { ...order, links: [link], fresh: false })
  const evidence = { ...cause.evidence, mac: link.mac, port: portNamed(edge.plan, link.device) }
  write(edge, 'ordered', { ...cause, evidence })
}

/**
 * Stops everything from a known asset, as one of the three that may be stopped without a person.
 * @returns false when there are three already: it is then only told
 */
export const containKnown = (edge: Edge, cause: Cause): boolean => {
  const { ip, response } = cause
  const address = parseIp(ip)?.value
  if (address === undefined) return false
  const seconds = response.seconds
  const at = `${edge.family} ${table}`
  try {
    transaction(edge.nft, [
      ...refreshed(`${at} breaker`, `${vlan} . 0x${address.toString(16)}`, seconds),
      ...refreshed(`${at} contained_known4`, `${vlan} . ${ip}`, seconds),
    ])
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    record(edge, {
      kind: 'set-full',
      zone: cause.zone,
      source: endOf(edge.plan, ip),
      text: `${assetOf(edge.plan, ip) ?? ip} spoke to a decoy and is not contained: as many known assets are contained as may be without a person.`,
    })
    return false
  }
  write(edge, 'known', cause)
  return true
}
