/** Requests of a master 1 to an outstation 10 that carry no data. */
import type { Golden } from '../golden.ts'

export const reads: readonly Golden[] = [
  {
    name: 'event classes and static data are read, a command each',
    from: 'client',
    hex: '056414c40a0001008fed c0c0013c02063c03063c04063c01068a51',
    role: 'request',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g60v2',
          class: 1,
        },
      },
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g60v3',
          class: 2,
        },
      },
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g60v4',
          class: 3,
        },
      },
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g60v1',
          class: 0,
        },
      },
    ],
    refusal: '05640a4401000a006e25 c1c0810001c4fd',
    neutralised: '056414c40a0001008fed c0c0703c02063c03063c04063c0106efc7',
  },
  {
    name: 'a range of analog inputs is read by start and stop',
    from: 'client',
    hex: '05640dc40a00010075ba c1c1011e00000306c989',
    role: 'request',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g30v0',
          points: [3, 4, 5, 6],
        },
      },
    ],
  },
  {
    name: 'points are read by a list of indexes',
    from: 'client',
    hex: '056413c40a000100b133 c1c1010102280300020003000900184d',
    role: 'request',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g1v2',
          points: [2, 3, 9],
        },
      },
    ],
  },
  {
    name: 'all points are read: no index is known',
    from: 'client',
    hex: '05640bc40a000100acd1 c1c1011400061b40',
    role: 'request',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g20v0',
        },
      },
    ],
  },
  {
    name: 'counters are frozen without an answer',
    from: 'client',
    hex: '05640bc40a000100acd1 c2c408140006924b',
    role: 'one-way',
    commands: [
      {
        op: 'immediate-freeze-no-ack',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g20v0',
        },
      },
    ],
    refusal: 0,
  },
  {
    name: 'counters are frozen at a time, which is no object of its own',
    from: 'client',
    hex: '05641bc40a0001006da9 c2c40b320207019f0d83524c011027005af4 0014000000012bef',
    role: 'request',
    commands: [
      {
        op: 'freeze-at-time',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g20v0',
          points: [0, 1],
        },
      },
    ],
  },
  {
    name: 'points are assigned to the class named before them',
    from: 'client',
    hex: '056413c40a000100b133 f2c3163c03060100061e0000020318af',
    role: 'request',
    commands: [
      {
        op: 'assign-class',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g1v0',
          class: 2,
        },
      },
      {
        op: 'assign-class',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g30v0',
          class: 2,
          points: [2, 3],
        },
      },
    ],
  },
  {
    name: 'reports are enabled by class',
    from: 'client',
    hex: '05640ec40a0001002529 f2c3143c02063c0306f31d',
    role: 'request',
    commands: [
      {
        op: 'enable-unsolicited',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g60v2',
          class: 1,
        },
      },
      {
        op: 'enable-unsolicited',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g60v3',
          class: 2,
        },
      },
    ],
  },
  {
    name: 'a report is confirmed',
    from: 'client',
    hex: '056408c40a000100fc42 c0d0001b49',
    role: 'one-way',
    commands: [
      {
        op: 'confirm',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
    refusal: 0,
  },
]
