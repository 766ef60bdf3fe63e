import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Plan } from '#policy/plan.ts'
import type { Mode, Site } from '#schema/site.ts'
import { reactionTo } from './respond.ts'

type Row = Site['responses'][number]
const known = (asset: string, ip: string, kind: string): Plan['known'][number] => ({
  asset,
  ip,
  kind,
  vlan: 0,
  zone: 'cell',
})
const plan = {
  known: [
    known('hmi', '198.18.1.70', 'hmi'),
    known('esd', '198.18.1.71', 'sis'),
    known('gate', '198.18.1.2', 'router'),
  ],
  routerIps: ['198.18.1.1', '198.18.1.2'],
  decoys: {
    device: 'bh-decoy',
    pools: [
      {
        id: 'dark',
        zone: 'cell',
        addresses: [],
        real: [],
        prefix: 24,
        gateway: '198.18.1.3',
        personas: [],
        budget: 'first',
      },
    ],
    dark: [],
    deceive: [],
    maxMacs: 16,
    withdrawFor: 86_400,
    honeytokens: [],
    keepSessions: 1,
  },
} satisfies Pick<Plan, 'known' | 'routerIps' | 'decoys'>
const agreed = (more: Partial<Row>): Row => ({ zone: 'cell', event: 'decoy', 'agreed-by': ['all'], ...more })

interface Case {
  readonly ip?: string
  readonly certain?: boolean
  readonly mode?: Mode
  readonly responses?: readonly Row[]
}
const react = ({ ip = '198.18.1.99', certain = true, mode = 'contain', responses = [] }: Case): string => {
  const reaction = reactionTo({ ip, certain }, { site: { responses: [...responses] }, plan, zone: 'cell', mode })
  if (reaction.does === 'tell') return reaction.would ? 'would contain' : 'tell'
  return `contain ${reaction.who} ${reaction.response.seconds} ${reaction.response.scope}`
}

describe('whoever speaks to a decoy', () => {
  const rows: readonly [name: string, given: Case, reaction: string][] = [
    ['is contained for an hour at this edge', {}, 'contain stranger 3600 edge'],
    ['is contained as agreed', { responses: [agreed({ stranger: 'contain 2h site' })] }, 'contain stranger 7200 site'],
    ['is told of where only that was agreed', { responses: [agreed({ stranger: 'alert' })] }, 'tell'],
    [
      'is not contained by what was agreed of another event',
      { responses: [agreed({ event: 'scan', stranger: 'alert' })] },
      'contain stranger 3600 edge',
    ],
    [
      'is not contained by what was agreed of another zone',
      { responses: [agreed({ zone: 'dmz', stranger: 'alert' })] },
      'contain stranger 3600 edge',
    ],
    ['would be contained in mode enforce', { mode: 'enforce' }, 'would contain'],
    ['would be contained in mode observe', { mode: 'observe' }, 'would contain'],
    ['is not contained by a datagram that may be forged', { certain: false }, 'tell'],
    ['is not contained when it is known', { ip: '198.18.1.70' }, 'tell'],
    [
      'is contained though known where that was agreed',
      { ip: '198.18.1.70', responses: [agreed({ known: 'contain 10m' })] },
      'contain known 600 edge',
    ],
    [
      'is never contained when it is a safety asset',
      { ip: '198.18.1.71', responses: [agreed({ known: 'contain 10m' })] },
      'tell',
    ],
    ['is not contained when it is a router', { ip: '198.18.1.1' }, 'tell'],
    ['is not contained when it is the gateway of a pool, with all that comes through it', { ip: '198.18.1.3' }, 'tell'],
  ]
  for (const [name, given, reaction] of rows) it(name, () => assert.equal(react(given), reaction))
})
