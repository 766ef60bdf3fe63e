/** Requests that write or operate. */
import type { Golden } from '../golden.ts'

export const writes: readonly Golden[] = [
  {
    name: 'a relay output is selected',
    from: 'client',
    hex: '05641ac40a0001008a1c c0c0030c012801000100030164000000ef7d 6400000000005b',
    role: 'request',
    commands: [
      {
        op: 'select',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g12v1',
          points: 1,
          'control-code': 'latch-on',
          count: 1,
          'on-time': 100,
          'off-time': 100,
        },
      },
    ],
    refusal: '05640a4401000a006e25 c1c0810001c4fd',
  },
  {
    name: 'two relay outputs are operated by one header, each with its own code',
    from: 'client',
    hex: '056424c40a000100cc64 c1c1050c011702024101640000000000bd0e 0000000581020a00000014000000009b09',
    role: 'request',
    commands: [
      {
        op: 'direct-operate',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g12v1',
          points: [2, 5],
          'control-code': ['close', 'trip'],
          count: [1, 2],
          'on-time': [100, 10],
          'off-time': [0, 20],
        },
      },
    ],
  },
  {
    name: 'close with a latch is no pair of the standard: both words are told',
    from: 'client',
    hex: '05641ac40a0001008a1c c1c1060c0128010001004301640000003635 0000000000ffff',
    role: 'one-way',
    commands: [
      {
        op: 'direct-operate-no-ack',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g12v1',
          points: 1,
          'control-code': ['close', 'latch-on'],
          count: 1,
          'on-time': 100,
          'off-time': 0,
        },
      },
    ],
    refusal: 0,
  },
  {
    name: 'analog outputs are operated by two headers, a command each',
    from: 'client',
    hex: '05641cc40a0001005377 c1c10529022801000100000100290317fff0 010200004842004b77',
    role: 'request',
    commands: [
      {
        op: 'direct-operate',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g41v2',
          points: 1,
          values: 256,
        },
      },
      {
        op: 'direct-operate',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g41v3',
          points: 2,
          values: 50,
        },
      },
    ],
  },
  {
    name: 'the restart indication is cleared',
    from: 'client',
    hex: '05640ec40a0001002529 c0c0025001000707002c49',
    role: 'request',
    commands: [
      {
        op: 'write-internal-indications',
        fields: {
          source: 1,
          destination: 10,
          points: 7,
          values: 0,
        },
      },
    ],
    refusal: '05640a4401000a006e25 c1c0810001c4fd',
  },
  {
    name: 'the clock is set',
    from: 'client',
    hex: '056412c40a0001005686 c9ca02320307019f0d83524c01eb2c',
    role: 'request',
    commands: [
      {
        op: 'write-time',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
  },
  {
    name: 'dead bands are written',
    from: 'client',
    hex: '056411c40a0001000615 c9ca0222010004050a0014000b56',
    role: 'request',
    commands: [
      {
        op: 'write',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g34v1',
          points: [4, 5],
          values: [10, 20],
        },
      },
    ],
  },
  {
    name: 'an octet string is written: its text is no value',
    from: 'client',
    hex: '056410c40a000100e1a0 c9ca026e03170107616263684c',
    role: 'request',
    commands: [
      {
        op: 'write',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g110v3',
          points: 7,
        },
      },
    ],
  },
  {
    name: 'a request in aggressive mode is both authentication and command',
    from: 'client',
    hex: '056426c40a0001007b42 cdcc0578030701090000000100290228f8f4 0100010000010078095b010400ba8db43cc1 4d0ebc',
    role: 'request',
    commands: [
      {
        op: 'authenticate-request',
        fields: {
          source: 1,
          destination: 10,
        },
      },
      {
        op: 'direct-operate',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g41v2',
          points: 1,
          values: 256,
        },
      },
      {
        op: 'authenticate-request',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
  },
  {
    name: 'an application is stopped',
    from: 'client',
    hex: '056412c40a0001005686 c0c0125a015b0104006d61696e4644',
    role: 'request',
    commands: [
      {
        op: 'stop-application',
        fields: {
          source: 1,
          destination: 10,
          applications: 'main',
        },
      },
    ],
  },
]
