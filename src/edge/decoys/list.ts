/** Decoys as they are shown. */
import type { DecoyList, DecoyRow } from '#schema/decoys-control.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { Edge } from '../context.ts'
import { allAddresses } from './change.ts'
import type { DecoyCount } from './contacts.ts'
import { nextByTime } from './schedule.ts'
import type { Standing } from './standing.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

const countsOf = (count: DecoyCount | undefined) => ({
  contacts: count?.contacts ?? 0,
  exchanges: count?.exchanges ?? 0,
  ...(count === undefined ? {} : { lastContact: iso(count.last) }),
})

export const listOf = (
  edge: Edge,
  standing: Standing,
  host: DecoyList['host'],
  counts: ReadonlyMap<string, DecoyCount>,
): DecoyList => {
  const next = nextByTime(standing.plan.shuffle, standing.lastMoved)
  const rows = standing.field.stations.flatMap(({ id, persona, pool, decoys }) =>
    decoys.map(({ address, mac, name, serial }): DecoyRow => ({
      address,
      mac,
      name,
      serial,
      persona,
      pool,
      station: id,
      state: 'standing',
      since: iso(standing.since.get(address) ?? Date.now()),
      ...countsOf(counts.get(address)),
    })),
  )
  const withdrawn = standing.claims.rows.map(({ address, since, until }): DecoyRow => ({
    address,
    mac: '',
    name: '',
    serial: '',
    persona: '',
    station: '',
    state: 'withdrawn',
    pool: standing.plan.pools.find(({ addresses }) => addresses.includes(address))?.id ?? '',
    since: iso(since),
    until: iso(until),
    ...countsOf(counts.get(address)),
  }))
  const listening = standing.claims.listening()
  return {
    site: edge.plan.site,
    edge: edge.plan.edge,
    epoch: standing.epoch,
    lastShuffle: iso(standing.lastMoved),
    ...(next === undefined ? {} : { nextShuffle: iso(next) }),
    host,
    pools: standing.plan.pools.map(({ id, zone, addresses, real }) => ({
      id,
      zone,
      approved: addresses.length,
      real: [...real],
    })),
    ...(listening.addresses.size === 0
      ? {}
      : { listening: { addresses: listening.addresses.size, until: iso(Date.now() + listening.ms) } }),
    decoys: [...rows, ...withdrawn],
  }
}

/** For the status of the edge. */
export const statusOf = (
  standing: Standing,
  host: DecoyList['host'],
  contacts: number,
): NonNullable<EdgeStatus['decoys']> => ({
  standing: allAddresses(standing.field.stations).length,
  withdrawn: standing.claims.rows.length,
  stations: standing.field.stations.filter(({ decoys }) => decoys.length > 0).length,
  epoch: standing.epoch,
  host: host.state,
  contacts,
})
