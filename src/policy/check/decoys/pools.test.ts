import { poolChecks } from './pools.ts'
import { finds, personas, deceive, pool, second, sections, type Row } from './trial.ts'

const many = Object.keys(personas)
  .map((id) => `${id}: 1`)
  .join(', ')

const rows: readonly Row[] = [
  {
    name: 'a pool of an unknown zone',
    code: 'decoy-unknown',
    with: { pools: sections.pools.replace('zone: cell', 'zone: cel') },
    at: 'cel,',
    says: /unknown zone `cel`.*`cell`/,
  },
  {
    name: 'a pool of an unknown edge',
    code: 'decoy-unknown',
    with: { pools: sections.pools.replace('zone: cell', 'zone: cell, edge: f') },
    at: 'f,',
    says: /unknown edge `f`; expected one of e/,
  },
  {
    name: 'an unknown persona, and the one that was meant',
    code: 'decoy-unknown',
    with: pool('198.18.1.40', 'personas: { s7-1600: 1 }'),
    at: 's7-1600',
    says: /unknown persona `s7-1600`.*`s7-1500`/,
  },
  {
    name: 'a persona named constructor',
    code: 'decoy-unknown',
    with: pool('198.18.1.40', 'personas: { constructor: 1 }'),
    at: 'constructor',
    says: /unknown persona/,
  },
  {
    name: 'a deceive row of an unknown persona',
    code: 'decoy-unknown',
    with: deceive('to: plc, ports: [tcp/102], persona: s7-150'),
    at: 's7-150 ',
    says: /`s7-1500`/,
  },
  {
    name: 'two edges that could answer',
    code: 'decoy-edge',
    with: { edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [office] }, d: { zones: [cell] } } }` },
    at: 'cell, approved',
    says: /several edges have zone `cell`.*`edge:` e or f/,
  },
  {
    name: 'an edge that does not have the zone',
    code: 'decoy-edge',
    with: {
      edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [office] }, d: { zones: [office] } } }`,
      pools: sections.pools.replace('zone: cell', 'zone: cell, edge: f'),
    },
    at: 'f,',
    says: /behind no port of edge `f`; expected e/,
  },
  {
    name: 'a zone that no edge has',
    code: 'decoy-edge',
    with: { edges: sections.edges.replace('cell, ', '') },
    at: 'cell, approved',
    says: /nobody answers/,
  },
  {
    name: 'an edge that routes',
    code: 'decoy-unsupported',
    with: { edges: sections.edges.replace('bridge: br0, address: 198.18.1.2/24, ', '') },
    at: 'cell, approved',
    says: /edge `e` routes, and decoys stand on a bridge only/,
  },
  {
    name: 'a zone in a VLAN',
    code: 'decoy-unsupported',
    with: {
      edges: sections.edges.replace('zones: [cell, safe]', 'zones: [cell, safe], vlans: [untagged, 20]'),
      zones: sections.zones.replace('198.18.2.0/24], mode: contain', '198.18.2.0/24], mode: contain, vlan: 20'),
    },
    at: 'cell, approved',
    says: /VLAN 20, and decoys speak without a tag only/,
  },
  {
    name: 'a zone behind a port that carries tagged VLANs only',
    code: 'decoy-unsupported',
    with: { edges: sections.edges.replace('zones: [cell, safe]', 'zones: [cell, safe], vlans: [20]') },
    at: 'cell, approved',
    says: /VLANs with a tag/,
  },
  {
    name: 'an approved address of another zone',
    code: 'decoy-address',
    with: pool('198.18.1.40, 198.18.0.40'),
    at: '198.18.0.40',
    says: /198\.18\.0\.40 is not in zone `cell`; expected addresses in 198\.18\.1\.0\/24 or 198\.18\.2\.0\/24/,
  },
  {
    name: 'a span that falls',
    code: 'decoy-address',
    with: pool('198.18.1.60-198.18.1.40'),
    at: '198.18.1.60',
    says: /no span/,
  },
  {
    name: 'an address beyond 255',
    code: 'decoy-address',
    with: { ...pool('198.18.1.40'), others: 'deny: [198.18.1.256]' },
    at: '198.18.1.256',
    says: /no span/,
  },
  {
    name: 'an approved network with host bits',
    code: 'decoy-address',
    with: pool('198.18.1.33/27'),
    at: '198.18.1.33/27',
    says: /expected 198\.18\.1\.32\/27/,
  },
  {
    name: 'a pool in two networks',
    code: 'decoy-address',
    with: pool('198.18.1.40, 198.18.2.40'),
    at: 'approved',
    says: /several networks.*a pool for each/,
  },
  {
    name: 'a gateway elsewhere',
    code: 'decoy-address',
    with: pool('198.18.1.40', 'gateway: 198.18.2.1, personas: { s7-1500: 1 }'),
    at: '198.18.2.1,',
    says: /not in the network of pool `p`/,
  },
  {
    name: 'an address of two pools',
    code: 'decoy-overlap',
    with: { pools: sections.pools + second('198.18.1.60-198.18.1.70') },
    at: '198.18.1.60',
    says: /overlaps 198\.18\.1\.32\/27 of pool `p`/,
  },
  {
    name: 'a span that is wholly denied',
    code: 'decoy-denied',
    with: { ...pool('198.18.1.40, 198.18.1.50-198.18.1.52'), others: 'deny: [198.18.1.48/28]' },
    at: '198.18.1.50',
    says: /denied by `deny` 198\.18\.1\.48\/28/,
  },
  {
    name: 'an address of an asset that is approved',
    code: 'decoy-denied',
    with: pool('198.18.1.40, 198.18.1.10'),
    at: '198.18.1.10]',
    says: /denied by asset `plc`/,
  },
  {
    name: 'a pool of which nothing is left',
    code: 'decoy-count',
    with: { ...pool('198.18.1.40'), others: 'deny: [198.18.1.40]' },
    at: 'approved',
    says: /nothing is left of pool `p`/,
  },
  {
    name: 'more decoys than addresses',
    code: 'decoy-count',
    with: pool('198.18.1.40-198.18.1.43', 'personas: { s7-1500: 3, modicon-m340: 2 }'),
    at: 'personas',
    says: /5 decoys are wanted, and pool `p` has 4/,
  },
  {
    name: 'a rest for which nothing is left',
    code: 'decoy-count',
    with: pool('198.18.1.40-198.18.1.43', 'personas: { s7-1500: 4, modicon-m340: rest }'),
    at: 'personas',
    says: /5 decoys are wanted/,
  },
  {
    name: 'two that take the rest',
    code: 'decoy-count',
    with: pool('198.18.1.32/27', 'personas: { s7-1500: rest, modicon-m340: rest }'),
    at: 'rest }',
    says: /both/,
  },
  {
    name: 'a pool without personas',
    code: 'decoy-count',
    with: pool('198.18.1.40', 'personas: {}'),
    at: 'personas',
    says: /no personas/,
  },
  {
    name: 'more personas than Ethernet addresses',
    code: 'decoy-count',
    with: { ...pool('198.18.1.32/27', `personas: { ${many} }`), others: 'max-macs: 1' },
    at: 'personas',
    says: /needs an Ethernet address for each.*2, and may have 1/,
  },
]

finds('pools of decoys', poolChecks, rows)
