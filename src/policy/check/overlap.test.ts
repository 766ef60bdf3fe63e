import { overlaps } from './overlap.ts'
import { conduit, finds } from './trial.ts'

finds('conduits that overlap', overlaps, [
  {
    name: 'a conduit inside another',
    code: 'conduit-redundant',
    with: conduit('from: tools, to: plc, service: tcp/1-5 }\n  - { id: third, from: ews, to: plc, service: tcp/3'),
    at: '{ id: third',
    says: /`third` is redundant: `other` permits all/,
  },
  {
    name: 'a narrower conduit before a wider',
    code: 'conduit-redundant',
    with: {
      conduits:
        '- { id: one, from: hmi, to: plc, service: modbus, allow: [read] }\n  - { id: two, from: hmi, to: plc, service: modbus }',
    },
    at: '{ id: one',
    says: /`one` is redundant: `two`/,
  },
  {
    name: 'conduits that overlap',
    code: 'conduit-overlap',
    with: conduit('from: ews, to: cell, service: tcp/1 }\n  - { id: third, from: office, to: plc, service: tcp/1'),
    at: '{ id: third',
    says: /`other` and `third` overlap/,
  },
])
