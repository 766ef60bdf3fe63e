import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePolicy } from '#policy/parse.ts'
import type { Agreement } from './agreed.ts'
import { type Cause, decide, type Past, type Step } from './decide.ts'
import { describeSite } from './published.ts'

const site = (name: string, ip: string, kind: string, networks = '198.18.1.0/26') =>
  describeSite(
    name,
    1,
    parsePolicy(`
version: 1
site: ${name}
edges: {}
zones: { cell: { level: 1, networks: [${networks}] } }
assets: { box: { ips: [${ip}], zone: cell, kind: ${kind} } }
`).site!,
  )
const minute = 60_000
const hour = 60 * minute
const now = Date.UTC(2026, 10, 20, 12)
const at = (ms: number): Date => new Date(ms)

const agreed = (level: 'site' | 'fleet', seconds = 3600): Agreement => ({
  does: 'contain',
  evidence: 'out-of-scope',
  row: 'cell out-of-scope stranger: contain 1h',
  by: ['ops'],
  seconds,
  level,
})
const past = (one: Partial<Past>): Past => ({
  event: 'another',
  level: 'site',
  site: 'north',
  edge: null,
  state: 'ordered',
  expires: at(now + hour),
  released: null,
  decided: null,
  evidence: 'out-of-scope',
  cause_site: 'north',
  ...one,
})
const text = ({ level, seconds, known, waits }: Step): string =>
  `${waits === undefined ? 'order' : 'ask'} ${level} ${seconds}${known.length > 0 ? ` [${known.join('; ')}]` : ''}`

interface Case {
  readonly name: string
  readonly agreement?: Agreement
  readonly cause?: Partial<Cause>
  readonly past?: readonly Past[]
  readonly here?: readonly [ip: string, kind: string]
  readonly there?: readonly [ip: string, kind: string]
  /** Of the other site. */
  readonly networks?: string
  readonly does: readonly string[]
  readonly why?: RegExp
}
const cases: readonly Case[] = [
  { name: 'what was agreed for the site is ordered', does: ['order site 3600'] },
  { name: 'what was agreed for the fleet is ordered', agreement: agreed('fleet'), does: ['order fleet 3600'] },
  {
    name: 'a private address stays at its site, whatever was agreed',
    agreement: agreed('fleet'),
    cause: { ip: '10.1.2.3' },
    does: ['order site 3600'],
  },
  {
    name: 'a person is asked where nobody agreed',
    agreement: { does: 'ask', evidence: 'out-of-scope' },
    does: ['ask site 3600'],
    why: /no agreed response/,
  },
  { name: 'nothing happens where an edge alone was agreed', agreement: { does: 'stay' }, does: [] },
  { name: 'a safety system is never contained', here: ['198.18.1.40', 'sis'], does: [] },
  {
    name: 'and nobody is asked about one',
    agreement: { does: 'ask', evidence: 'out-of-scope' },
    here: ['198.18.1.40', 'sis'],
    does: [],
  },
  {
    name: 'an asset is named',
    here: ['198.18.1.40', 'hmi'],
    does: ['order site 3600 [north box]'],
  },
  {
    name: 'a known asset elsewhere keeps it at the site, and a person is asked about the rest',
    agreement: agreed('fleet'),
    there: ['198.18.1.40', 'hmi'],
    does: ['order site 3600', 'ask fleet 3600 [south box]'],
    why: /known asset elsewhere: south box/,
  },
  {
    name: 'a safety system elsewhere keeps it at the site, and nobody is asked',
    agreement: agreed('fleet'),
    there: ['198.18.1.40', 'sis'],
    does: ['order site 3600'],
  },
  {
    name: "an address of another site's network stays at its site, and a person is asked about the rest",
    agreement: agreed('fleet'),
    networks: '198.18.1.0/26',
    does: ['order site 3600', 'ask fleet 3600'],
    why: /other sites' networks: south/,
  },
  {
    name: "a network that holds the whole world is nobody's own",
    agreement: agreed('fleet'),
    networks: '0.0.0.0/0',
    does: ['order fleet 3600'],
  },
  {
    name: "an IPv6 address of another site's network stays as well",
    agreement: agreed('fleet'),
    cause: { ip: '2001:db8:7::9' },
    networks: "198.18.4.0/26, '2001:db8:7::/48'",
    does: ['order site 3600', 'ask fleet 3600'],
    why: /networks/,
  },
  { name: 'the same event does nothing again', past: [past({ event: 'e1', state: 'released' })], does: [] },
  { name: 'what is contained as long is left', past: [past({})], does: [] },
  { name: 'a minute more is not longer', past: [past({ expires: at(now + 59 * minute) })], does: [] },
  { name: 'much longer is', past: [past({ expires: at(now + 10 * minute) })], does: ['order site 3600'] },
  { name: 'the fleet covers a site', past: [past({ level: 'fleet', site: null })], does: [] },
  { name: 'a site does not cover the fleet', agreement: agreed('fleet'), past: [past({})], does: ['order fleet 3600'] },
  { name: 'an edge does not cover its site', past: [past({ level: 'edge', edge: 'e' })], does: ['order site 3600'] },
  { name: 'another site does not cover it', past: [past({ site: 'south' })], does: ['order site 3600'] },
  { name: 'what ran out does not hold', past: [past({ expires: at(now - 1) })], does: ['order site 3600'] },
  {
    name: 'what a person released a while ago is asked',
    past: [past({ state: 'released', released: at(now - 10 * minute) })],
    does: ['ask site 3600'],
    why: /released it/,
  },
  {
    name: 'other evidence than what was released for is ordered',
    past: [past({ state: 'released', released: at(now - 10 * minute), evidence: 'decoy' })],
    does: ['order site 3600'],
  },
  {
    name: 'after the time of grace it is ordered again',
    past: [past({ state: 'released', released: at(now - 61 * minute) })],
    does: ['order site 3600'],
  },
  {
    name: 'a release at another site is none here',
    past: [past({ state: 'released', released: at(now - minute), site: 'south' })],
    does: ['order site 3600'],
  },
  {
    name: 'a question that waits is not asked twice',
    agreement: { does: 'ask', evidence: 'out-of-scope' },
    past: [past({ state: 'waiting' })],
    does: [],
  },
  {
    name: 'a question does not keep an agreed order back',
    past: [past({ state: 'waiting' })],
    does: ['order site 3600'],
  },
  {
    name: 'what was refused is not asked again for a while',
    agreement: { does: 'ask', evidence: 'out-of-scope' },
    past: [past({ state: 'refused', decided: at(now - minute) })],
    does: [],
  },
  {
    name: 'what is contained is not asked about',
    agreement: { does: 'ask', evidence: 'out-of-scope' },
    past: [past({ expires: at(now + minute) })],
    does: [],
  },
  {
    name: 'what an edge could tell only late is asked',
    cause: { detected: now - 2 * hour },
    does: ['ask site 3600'],
    why: /2 h ago|120 min ago/,
  },
  { name: 'what is a day old is over', cause: { detected: now - 25 * hour }, does: [] },
  { name: 'a time beyond bounds is cut', agreement: agreed('site', 10 ** 9), does: ['order site 2592000'] },
]

describe('from an event to an order', () => {
  for (const { name, agreement = agreed('site'), cause, past: before = [], here, there, networks, does, why } of cases)
    it(name, () => {
      const north = site('north', ...(here ?? ['198.18.1.1', 'plc']))
      const south = site('south', ...(there ?? ['198.18.4.2', 'plc']), networks ?? '198.18.4.0/26')
      const event: Cause = {
        event: 'e1',
        site: 'north',
        edge: 'e',
        ip: '198.18.1.40',
        detected: now - 5,
        received: now,
        zone: 'cell',
        text: 'seen',
        ...cause,
      }
      const steps = decide(event, agreement, { now, past: before, site: north, sites: [north, south] })
      assert.deepEqual(steps.map(text), does)
      if (why !== undefined) assert.match(steps.map(({ waits }) => waits ?? '').join(), why)
    })
})
