import { names } from './names.ts'
import { asset, finds, sections } from './trial.ts'

finds('names', names, [
  {
    name: 'an id used twice',
    code: 'duplicate-id',
    with: { conduits: `${sections.conduits}\n  - { id: operate, from: ews, to: plc, service: tcp/1 }` },
    at: 'operate, from: ews',
    says: /used twice/,
  },
  {
    name: 'a name that is an asset and a zone',
    code: 'ambiguous-name',
    with: asset('cell: { ips: [198.18.1.77], zone: cell }'),
    at: 'cell: { level',
    says: /a zone and an asset/,
  },
  {
    name: 'a group named as a protocol',
    code: 'ambiguous-name',
    with: { groups: `${sections.groups}\n  modbus: { ports: [tcp/502] }` },
    at: 'modbus: {',
    says: /service of its own/,
  },
  {
    name: 'an asset named any',
    code: 'ambiguous-name',
    with: asset('any: { ips: [198.18.1.77], zone: cell }'),
    at: 'any: {',
    says: /every address/,
  },
  {
    name: 'an address of two assets',
    code: 'duplicate-ip',
    with: asset('x: { ips: [198.18.1.10], zone: cell }'),
    at: '198.18.1.10], zone: cell }',
    says: /belongs to asset `plc` already/,
  },
  {
    name: 'an address of two assets, one virtual',
    code: 'duplicate-ip',
    with: asset('x: { ips: [198.18.1.10], zone: cell, virtual: vrrp }'),
    at: '198.18.1.10], zone: cell, v',
    says: /already/,
  },
  {
    name: 'one IPv6 address in two spellings',
    code: 'duplicate-ip',
    with: {
      zones: `${sections.zones}\n  six: { level: 1, networks: ["fd00::/64"] }`,
      assets: `${sections.assets}\n  x: { ips: ["fd00::1"], zone: six }\n  y: { ips: ["fd00:0::0001"], zone: six }`,
    },
    at: '"fd00:0::0001"',
    says: /`x` already/,
  },
  {
    name: 'an Ethernet address of two assets',
    code: 'duplicate-mac',
    with: asset('x: { ips: [198.18.1.77], macs: ["00-1B-1B-00-01-10"], zone: cell }'),
    at: '"00-1B',
    says: /`plc` already/,
  },
  {
    name: 'a group address as a device',
    code: 'group-mac',
    with: asset('x: { ips: [198.18.1.77], macs: ["01:00:5e:00:00:01"], zone: cell }'),
    at: '"01:00',
    says: /group address/,
  },
])
