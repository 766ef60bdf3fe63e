import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Station } from '#policy/decoys/placement.ts'
import type { PlanDecoys } from '#policy/plan.ts'
import { standIns, stillStanding, type StandIn } from './stand-ins.ts'

const station = (persona: string, pool: string, at: number, ...addresses: readonly number[]): Station => ({
  id: `s-${at}`,
  pool,
  persona,
  mac: `00:1b:1b:00:00:0${at}`,
  prefix: 24,
  decoys: addresses.map((last) => ({
    address: `198.18.1.${last}`,
    mac: `00:1b:1b:00:00:0${at}`,
    name: `D-${last}`,
    serial: `${last}`,
    serialNumber: last,
    seed: last,
    pool,
    budget: 'observe',
  })),
})
const pool = (id: string, real: readonly string[]): PlanDecoys['pools'][number] => ({
  id,
  zone: id,
  addresses: [],
  real,
  prefix: 24,
  personas: [],
  budget: 'observe',
})
const rule = (dst: readonly string[], port: number, persona = 'plc', id = 'd') => ({ id, dst, proto: 6, port, persona })
const near = pool('near', ['198.18.1.10', '198.18.1.11'])
const far = pool('far', ['198.18.1.12'])
const both = ['198.18.1.10', '198.18.1.11']
const was = (real: string, decoy: string, mac = '00:1b:1b:00:00:01'): StandIn => ({
  rule: 'd',
  real,
  proto: 6,
  port: 502,
  persona: 'plc',
  decoy,
  mac,
})

const rows: readonly {
  name: string
  deceive: PlanDecoys['deceive']
  stations: readonly Station[]
  earlier?: readonly StandIn[]
  reaches?: (address: string) => boolean
  gives: readonly string[]
  missing?: readonly string[]
}[] = [
  {
    name: 'all ports of an asset lead to one decoy, and other assets to others',
    deceive: [rule(both, 502), rule(both, 80)],
    stations: [station('plc', 'near', 1, 40, 41)],
    gives: ['10:502>40', '11:502>41', '10:80>40', '11:80>41'],
  },
  {
    name: 'a decoy of the asset’s own zone comes first, however many it stands in for',
    deceive: [rule(both, 502)],
    stations: [station('plc', 'far', 1, 40, 41), station('plc', 'near', 2, 42)],
    gives: ['10:502>42', '11:502>42'],
  },
  {
    name: 'a decoy of another zone is better than none',
    deceive: [rule(['198.18.1.10'], 502)],
    stations: [station('plc', 'far', 1, 40)],
    gives: ['10:502>40'],
  },
  {
    name: 'whoever stands in goes on as long as it stands',
    deceive: [rule(both, 502)],
    stations: [station('plc', 'near', 1, 40, 41)],
    earlier: [was('198.18.1.10', '198.18.1.41')],
    gives: ['10:502>41', '11:502>40'],
  },
  {
    name: 'another takes over from whoever left',
    deceive: [rule(both, 502)],
    stations: [station('plc', 'near', 1, 41)],
    earlier: [was('198.18.1.10', '198.18.1.40'), was('198.18.1.11', '198.18.1.41')],
    gives: ['10:502>41', '11:502>41'],
  },
  {
    name: 'another persona at the address of whoever stood in does not',
    deceive: [rule(['198.18.1.10'], 502)],
    stations: [station('rtu', 'near', 1, 40), station('plc', 'near', 2, 41)],
    earlier: [was('198.18.1.10', '198.18.1.40')],
    gives: ['10:502>41'],
  },
  {
    name: 'of two rules for one port the first counts',
    deceive: [rule(['198.18.1.10'], 502), rule(['198.18.1.10'], 502, 'rtu', 'e')],
    stations: [station('rtu', 'near', 1, 40), station('plc', 'near', 2, 41)],
    gives: ['10:502>41'],
  },
  {
    name: 'nobody stands in where none of the persona stands, and that is said',
    deceive: [rule(both, 502), rule(both, 102, 's7')],
    stations: [station('plc', 'near', 1, 40)],
    gives: ['10:502>40', '11:502>40'],
    missing: ['d s7'],
  },
  {
    name: 'a decoy that the edge cannot send to does not stand in',
    deceive: [rule(['198.18.1.10'], 502)],
    stations: [station('plc', 'near', 1, 40)],
    reaches: () => false,
    gives: [],
    missing: ['d plc'],
  },
]

describe('who stands in', () => {
  for (const { name, deceive, stations, earlier = [], reaches = () => true, gives, missing = [] } of rows)
    it(name, () => {
      const found = standIns({ plan: { deceive, pools: [near, far] }, stations, earlier, reaches })
      const last = (address: string) => address.split('.')[3]
      assert.deepEqual(
        found.standIns.map(({ real, port, decoy }) => `${last(real)}:${port}>${last(decoy)}`),
        gives,
      )
      assert.deepEqual(
        found.missing.map((one) => `${one.rule} ${one.persona}`),
        missing,
      )
    })

  it('does no more where its decoy has another Ethernet address, or is gone', () => {
    const all = [
      was('198.18.1.10', '198.18.1.40'),
      was('198.18.1.11', '198.18.1.41'),
      was('198.18.1.12', '198.18.1.42'),
    ]
    const stations = [station('plc', 'near', 1, 40), station('plc', 'near', 2, 41)]
    assert.deepEqual(
      stillStanding(all, stations).map(({ decoy }) => decoy),
      ['198.18.1.40'],
    )
  })
})
