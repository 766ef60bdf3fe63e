import { networks } from './networks.ts'
import { asset, conduit, finds, sections } from './trial.ts'

finds('networks', networks, [
  {
    name: 'host bits in a zone',
    code: 'host-bits',
    with: { zones: sections.zones.replace('198.18.1.0/24', '198.18.1.7/24') },
    at: '198.18.1.7/24',
    says: /expected 198\.18\.1\.0\/24/,
  },
  {
    name: 'host bits in an IPv6 group',
    code: 'host-bits',
    with: { groups: `${sections.groups}\n  g: { networks: ["fd00::1/64"] }` },
    at: '"fd00::1/64"',
    says: /expected fd00::\/64/,
  },
  {
    name: 'host bits in a conduit',
    code: 'host-bits',
    with: conduit('from: 198.18.0.9/28, to: plc, service: tcp/1'),
    at: '198.18.0.9/28',
    says: /expected 198\.18\.0\.0\/28/,
  },
  {
    name: 'an asset outside its zone',
    code: 'asset-outside-zone',
    with: asset('x: { ips: [198.18.0.77], zone: cell }'),
    at: '198.18.0.77',
    says: /not in zone `cell` but in `office`; expected an address in 198\.18\.1\.0\/24/,
  },
  {
    name: 'zones that overlap',
    code: 'zones-overlap',
    with: { zones: `${sections.zones}\n  part: { level: 1, networks: [198.18.1.128/25] }` },
    at: '198.18.1.128/25',
    says: /overlaps 198\.18\.1\.0\/24 of zone `cell`/,
  },
  {
    name: 'a zone behind no port',
    code: 'zone-without-port',
    with: { zones: `${sections.zones}\n  attic: { level: 1, networks: [198.18.7.0/24] }` },
    at: 'attic:',
    says: /behind no port/,
  },
  {
    name: 'a zone in a VLAN its port does not carry',
    code: 'zone-vlan',
    with: { zones: sections.zones.replace('mode: contain', 'mode: contain, vlan: 30') },
    at: 'cell], vlans',
    says: /VLAN 30, which port `b` does not carry/,
  },
  {
    name: 'two ports on one interface',
    code: 'duplicate-device',
    with: { edges: sections.edges.replace('b: {', 'b: { device: a,') },
    at: 'b: { device',
    says: /interface a, which is port `a`/,
  },
  {
    name: 'a port whose name no interface can have',
    code: 'device-name',
    with: { edges: sections.edges.replace('b: {', 'uplink-of-cell-1: {') },
    at: 'uplink-of-cell-1',
    says: /more than 15 characters/,
  },
  {
    name: 'VLANs of an edge that routes',
    code: 'routed-vlan',
    with: { edges: sections.edges.replace('bridge: br0,', '') },
    at: '[untagged, 20]',
    says: /routes, and sees no VLAN tags/,
  },
  {
    name: 'the same addresses twice behind an edge that routes',
    code: 'zones-overlap',
    with: {
      edges: 'e: { ports: { a: { zones: [office] }, b: { zones: [cell] } } }',
      zones: `office: { level: 3, networks: [198.18.0.0/23], mode: enforce, vlan: 20 }
  cell: { level: 1, networks: [198.18.1.0/24], mode: contain, vlan: 30 }`,
    },
    at: '198.18.1.0/24',
    says: /overlaps 198\.18\.0\.0\/23/,
  },
  {
    name: 'a bridge whose address is none',
    code: 'bridge-address',
    with: { edges: sections.edges.replace('198.18.0.250/24', '198.18.0/99') },
    at: '198.18.0/99',
    says: /no address in CIDR notation/,
  },
  {
    name: 'a port that is the bridge',
    code: 'duplicate-device',
    with: { edges: sections.edges.replace('b: {', 'br0: {') },
    at: 'br0: {',
    says: /the bridge/,
  },
])
