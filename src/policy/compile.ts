/** Site policy → plan of one edge. Pure and deterministic: same document, same bytes. */
import { createHash } from 'node:crypto'
import { durationSeconds } from '#schema/duration.ts'
import { modes } from '#schema/site-words.ts'
import type { Site } from '#schema/site.ts'
import { compileConduits, compileDenies, Windows } from './compile/conduits.ts'
import { compileDecoys } from './compile/decoys.ts'
import { compileBroadcast, compileLayer2, compileLayer2Exact } from './compile/layer2.ts'
import { compileRedirects } from './compile/redirects.ts'
import { sensorEffects } from './compile/responses.ts'
import { meetings, reachesOf } from './compile/reach.ts'
import { topology, unique, type Topology } from './compile/topology.ts'
import { isCutBetween } from './tables.ts'
import { crosses, cutOf, islandBorders, islandModes, islandPorts, isOver } from './compile/islands.ts'
import { nobody, resolveEnd } from './ends.ts'
import { canonicalIp } from '#core/address.ts'
import type { PairMode, Plan, PlanConduit, PlanSensor, PlanZone } from './plan.ts'
import { parseService } from './service.ts'

const sensorsOf = (site: Site, zones: readonly PlanZone[]): PlanSensor[] =>
  site.sensors.map((sensor, index) => ({
    id: sensor.id,
    index,
    counts: sensor.counts,
    over: sensor.over ?? 0,
    seconds: sensor.in === undefined ? 60 : durationSeconds(sensor.in),
    ...(sensor.zone === undefined ? {} : { zone: sensor.zone }),
    effects: sensorEffects(site, sensor, zones),
  }))

/** Strictest first, so that the mildest of several wins by being written last over it in both readers: first match decides. */
const pairModesOf = (site: Site, conduits: readonly PlanConduit[], { shared }: Topology): PairMode[] =>
  conduits
    .flatMap(({ from, to, mode }) => (mode === undefined ? [] : [{ from, to, mode }]))
    .toSorted((a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode))
    .flatMap(({ from, to, mode }) =>
      ([4, 6] as const).flatMap((family) => {
        const reaches = (end: string) => reachesOf(resolveEnd(site, end) ?? nobody, family, shared)
        return meetings(reaches(from), reaches(to)).map((hosts) => ({ family, ...hosts, mode }))
      }),
    )

const servicePortsOf = (site: Site): number[] =>
  unique(
    site.conduits.flatMap(({ service }) =>
      (parseService(service, site.groups)?.flows ?? []).flatMap(({ proto, ports }) =>
        proto === 17
          ? (ports ?? []).flatMap(([from, to]) =>
              to - from > 1024 ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i),
            )
          : [],
      ),
    ),
  ).toSorted((a, b) => a - b)

const qualifiedOf = (site: Site): string[] =>
  unique(
    Object.values(site.assets).flatMap(({ qualified, kind, ips }) =>
      qualified === true && kind !== 'sis' ? ips.map((ip) => canonicalIp(ip) ?? ip) : [],
    ),
  )

/**
 * Compiles what one edge enforces. The document must have passed `check`: names that resolve to nothing are left out here.
 * @param islands zones that are cut off: of what crosses their border only essential conduits remain
 * @param together fragments are put together, whatever else the plan needs
 * @param about addresses: the plan is asked about packets from or to these alone, and exact elements without any of them are left out
 * @returns undefined when the policy has no such edge
 */
export const compile = (
  whole: Site,
  edge: string,
  islands: readonly string[] = [],
  together = false,
  about?: ReadonlySet<string>,
): Plan | undefined => {
  const box = whole.edges[edge]
  if (box === undefined) return undefined
  const site =
    islands.length === 0
      ? whole
      : { ...whole, conduits: whole.conduits.filter((conduit) => !crosses(whole, conduit, islands)) }
  const top = topology(site, edge)
  const windows = new Windows(site)
  const denies = compileDenies(site, top)
  const borders = islandBorders(site, islands, top)
  const { conduits, exact: all, ranges } = compileConduits(site, top, denies, windows, about)
  const isCut = isOver(borders)
  const exact =
    borders.length === 0
      ? all
      : all.filter((element) => conduits[element.conduit]?.essential === true || !isCut(element))
  const before = borders.length === 0 ? undefined : compileConduits(whole, top, denies, new Windows(whole), about)
  const redirects = compileRedirects(site, windows)
  const decoys = compileDecoys(site, edge, top.zones)
  const cut = islandPorts(top.ports, islands)
  const stays = ({ from, to }: { from: string; to: string }) =>
    !isCutBetween({ ports: top.ports, islandPorts: cut }, from, to)
  const plan = {
    version: 1 as const,
    site: site.site,
    edge,
    kind: box.bridge === undefined ? ('routed' as const) : ('bridge' as const),
    bridge: box.bridge ?? '',
    ...(box.address === undefined ? {} : { address: box.address }),
    linkMirror: box['link-mirror'] === 'on' || box['link-mirror'] === true,
    timezone: site.timezone,
    ports: top.ports,
    zones: top.zones,
    conduits,
    exact,
    ranges,
    denies,
    windows: windows.list,
    known: top.known,
    knownMacs: top.knownMacs,
    qualified: qualifiedOf(site),
    macPorts: top.macPorts,
    routerIps: top.routerIps,
    bindings: top.bindings,
    placements: top.placements,
    broadcastAddresses: top.broadcastAddresses,
    servicePorts: servicePortsOf(site),
    layer2: compileLayer2(site, top).filter(stays),
    layer2Exact: compileLayer2Exact(site, top, conduits, islands),
    broadcast: compileBroadcast(site, top).filter(stays),
    portModes: top.portModes,
    pairModes: [...islandModes(site, islands, top.shared), ...pairModesOf(site, conduits, top)],
    islandPorts: cut,
    ...(borders.length === 0 ? {} : { islands: borders }),
    ...(before === undefined ? {} : { cut: cutOf(before, isCut) }),
    sensors: sensorsOf(site, top.zones),
    redirects,
    ...(decoys === undefined ? {} : { decoys }),
    ...(together ? { together } : {}),
  }
  return { ...plan, digest: createHash('sha256').update(JSON.stringify(plan)).digest('hex') }
}

/** Conduits that only per-command inspection can enforce. */
export const needsInspection = (plan: Plan): readonly PlanConduit[] =>
  plan.conduits.filter(({ allow }) => allow !== undefined)
