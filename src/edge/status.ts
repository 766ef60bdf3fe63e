/** What a person sees first: state, zones, conduits with their hits, who is contained. */
import * as z from 'zod'
import type { Containment, EdgeStatus } from '#schema/control.ts'
import { links } from '#linux/rtnetlink.ts'
import { counters } from '#policy/nft/names.ts'
import { enforcesAnything } from '#policy/plan.ts'
import { windowState } from '#policy/windows.ts'
import { portNamed, steadyNow, type Edge } from './context.ts'
import { localChanges } from './enforce.ts'
import { inspectionStatus } from './inspection/inspection-status.ts'
import { containedParts } from './kernel/containment.ts'
import { readCounters } from './kernel/counters.ts'
import { bypassLeft } from './kernel/permits.ts'
import { permits } from './orders/permit.ts'
import { totals } from './records/hits.ts'
import { keys } from './store/kv.ts'

const Bypass = z.object({ until: z.string(), reason: z.string(), by: z.string() })
const iso = (ms: number) => new Date(ms).toISOString()

const bypassOf = (edge: Edge): EdgeStatus['bypass'] => {
  const left = bypassLeft(edge.nft, edge.family)
  if (left === undefined) return undefined
  const told = edge.store.kv.get(keys.bypass, Bypass)
  return {
    until: iso(Date.now() + left * 1000),
    reason: told?.reason ?? 'unknown',
    by: told?.by ?? 'somebody on this machine',
  }
}

export const stateOf = (edge: Edge, bypassed: boolean, pending: boolean): EdgeStatus['state'] => {
  if (bypassed) return 'bypassed'
  if (edge.alarms.has('tamper')) return 'altered'
  if (pending) return 'pending'
  return enforcesAnything(edge.plan) ? 'enforcing' : 'observing'
}

/** Containments that are shown one by one; of more only the number. */
const shown = 4096

const containments = async (edge: Edge): Promise<{ readonly rows: Containment[]; readonly count: number }> => {
  const now = steadyNow(edge.store)
  const rows: Containment[] = []
  let count = 0
  for await (const part of containedParts(edge.nft, edge.family)) {
    count += part.length
    for (const row of part.slice(0, shown - rows.length)) {
      const known = edge.store.containments.story(row.kind, row.ip, now)
      rows.push({
        ip: row.ip,
        kind: row.kind,
        vlan: row.vlan,
        ...(row.device === undefined ? {} : { port: portNamed(edge.plan, row.device) }),
        ...(row.mac === undefined ? {} : { mac: row.mac }),
        expires: iso(now + row.expires * 1000),
        ...(known === undefined ? {} : { ...known, since: iso(known.since) }),
      })
    }
  }
  return { rows, count }
}

export const status = async (edge: Edge, manager?: EdgeStatus['manager']): Promise<EdgeStatus> => {
  const contained = await containments(edge)
  const { plan, store } = edge
  const now = steadyNow(store)
  const counted = readCounters(edge.family)
  const total = totals(edge)
  const none: { packets: number; bytes: number; last?: number } = { packets: 0, bytes: 0 }
  const hits = (name: string) => {
    const { packets: all, bytes, last } = total.get(name) ?? none
    return { packets: all, bytes, ...(last === undefined ? {} : { last: iso(last) }) }
  }
  const packets = (zone: string, what: Parameters<typeof counters.zone>[1]) =>
    counted.get(counters.zone(zone, what))?.packets ?? 0
  const bypass = bypassOf(edge)
  const current = store.plans.current()
  const pending = store.plans.pending()
  const carrier = new Map(links().map((link) => [link.name, link.carrier]))
  const { islands } = localChanges(store)
  const decoys = edge.decoys.status()
  return {
    site: plan.site,
    edge: plan.edge,
    kind: plan.kind,
    pid: process.pid,
    started: iso(edge.started),
    time: iso(Date.now()),
    state: stateOf(edge, bypass !== undefined, pending !== undefined),
    alarms: [...edge.alarms.values()],
    ...(bypass === undefined ? {} : { bypass }),
    plan: {
      digest: plan.digest,
      generation: edge.generation,
      applied: iso(current?.appliedAt ?? edge.started),
      confirmed: pending === undefined,
      ...(pending?.deadline === undefined ? {} : { deadline: iso(pending.deadline) }),
    },
    ports: plan.ports.map(({ name, device, zones }) => ({
      name,
      device,
      up: carrier.get(device) === true,
      zones: [...zones],
    })),
    zones: plan.zones.map(({ name, mode }) => ({
      name,
      mode,
      island: islands.includes(name),
      observed: packets(name, 'observed'),
      'would-deny': packets(name, 'would-deny'),
      denied: packets(name, 'denied'),
      intra: packets(name, 'intra'),
    })),
    conduits: plan.conduits.map(({ id, from, to, service, essential, counter, window }) => {
      const state =
        window === undefined
          ? undefined
          : windowState(plan.windows[window] ?? { id: '', times: [] }, plan.timezone, now)
      return {
        id,
        from,
        to,
        service,
        essential,
        open: state?.open ?? true,
        ...(state?.until === undefined ? {} : { until: iso(state.until) }),
        hits: hits(counter),
      }
    }),
    inspection: inspectionStatus(edge, counted),
    denies: [...new Map(plan.denies.map(({ id, counter }) => [id, counter]))].map(([id, counter]) => ({
      id,
      hits: hits(counter),
    })),
    counters: Object.fromEntries(
      [...counted].filter(([name]) => !/^[cd]-/.test(name)).map(([name, count]) => [name, { ...hits(name), ...count }]),
    ),
    containments: contained.rows,
    ...(contained.count > contained.rows.length ? { contained: contained.count } : {}),
    permits: permits(edge),
    ...(decoys === undefined ? {} : { decoys }),
    events: { stored: store.events.newest(), dropped: edge.untold.lostInAll },
    ...(manager === undefined ? {} : { manager }),
  }
}
