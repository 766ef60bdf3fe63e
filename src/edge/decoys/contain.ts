/** Containment of somebody who spoke to a decoy, through the edge's own way. */
import { Fault } from '#core/errors.ts'
import { table } from '#policy/nft/names.ts'
import type { OutOfScope } from '#policy/plan.ts'
import { assetOf, endOf, portNamed, steadyNow, vlansOf, type Edge } from '../context.ts'
import { durably, record } from '../writing.ts'
import { hold, holdKnown, type Link } from '../kernel/containment.ts'
import { listSet } from '../kernel/elements.ts'
import { lastOf, orderedAbout } from '../orders/ordered.ts'
import { linksOf } from './kernel.ts'

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
 * The place on this wire from which its last frame came, so that all of them stop and not IP alone. Never that of a known asset, or of a
 * MAC that was seen to carry one.
 */
const placeOf = (edge: Edge, ip: string): Link | undefined => {
  const link = linksOf(edge.nft, edge.family, ip).find(
    ({ device, mac }) => edge.plan.ports.some((port) => port.device === device) && !edge.plan.knownMacs.includes(mac),
  )
  if (link === undefined) return undefined
  const isCarrier = listSet(edge.nft, edge.family, table, 'carriers').some(({ key }) => key[2] === link.mac)
  return isCarrier ? undefined : link
}

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
 * Stops everything from a stranger: by its address, and by its place on the wire.
 * @param isNear false where a router may stand between, whose frames are those of others too
 */
export const containStranger = (edge: Edge, cause: Cause, isNear: boolean): void => {
  const { ip, response } = cause
  const now = steadyNow(edge.store)
  const longest = (lastOf(orderedAbout(edge.store, ip, now)) - now) / 1000
  const order = { ip, vlans: vlansOf(edge.plan), seconds: Math.max(response.seconds, longest) }
  hold(edge.nft, edge.family, order)
  const link = isNear ? placeOf(edge, ip) : undefined
  if (link !== undefined) hold(edge.nft, edge.family, { ...order, links: [link] })
  const where = link === undefined ? {} : { mac: link.mac, port: portNamed(edge.plan, link.device) }
  write(edge, 'ordered', { ...cause, evidence: { ...cause.evidence, ...where } })
}

/**
 * Stops everything from a known asset, as one of the three that may be stopped without a person.
 * @returns false when there are three already: it is then only told
 */
export const containKnown = (edge: Edge, cause: Cause): boolean => {
  const { ip, response } = cause
  try {
    holdKnown(edge.nft, edge.family, vlan, ip, response.seconds)
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
