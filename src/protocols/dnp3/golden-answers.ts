/** What an outstation 10 answers and reports to a master 1. */
import type { Golden } from '../golden.ts'

export const answers: readonly Golden[] = [
  {
    name: 'static data is shown point by point under the op that asked',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '05640bc40a000100acd1 c0c0013c0106ff50',
      },
    ],
    hex: '05641d4401000a009183 c0c081000001020000028101001e0200b9c5 0304010a0001f6ff3de8',
    role: 'response',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g1v2',
          points: [0, 1],
          values: [1, 0],
        },
      },
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g30v2',
          points: [3, 4],
          values: [10, -10],
        },
      },
    ],
  },
  {
    name: 'a point that is offline shows no value, and parts the run',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '05640bc40a000100acd1 c0c0013c0106ff50',
      },
    ],
    hex: '0564184401000a00187b c0c08100001e02000103010a000000000608 010c0019be',
    role: 'response',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g30v2',
          points: 1,
          values: 10,
        },
      },
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g30v2',
          points: 3,
          values: 12,
        },
      },
    ],
  },
  {
    name: 'packed states are shown',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '05640bc40a000100acd1 c0c0013c0106ff50',
      },
    ],
    hex: '0564184401000a00187b c0c081000001010000098102030100009d6e 04e401a6db',
    role: 'response',
    commands: [
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g1v1',
          points: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
          values: [1, 0, 0, 0, 0, 0, 0, 1, 0, 1],
        },
      },
      {
        op: 'read',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g3v1',
          points: [0, 1, 2, 3, 4],
          values: [0, 1, 2, 3, 1],
        },
      },
    ],
  },
  {
    name: 'a command is echoed with success',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '05641ac40a0001008a1c c0c0030c012801000100030164000000ef7d 6400000000005b',
      },
    ],
    hex: '05641c4401000a007636 c0c08100000c0128010001000301640075c3 00006400000000005b',
    role: 'response',
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
  },
  {
    name: 'an echo with another status shows no value',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '056412c40a0001005686 c0c00329022801000100000100b8b5',
      },
    ],
    hex: '0564144401000a00aaac c0c0810000290228010001000001042315',
    role: 'response',
    refused: true,
    commands: [
      {
        op: 'select',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g41v2',
        },
      },
    ],
  },
  {
    name: 'an answer to what was not seen',
    from: 'server',
    hex: '05640a4401000a006e25 c0c4818000982f',
    role: 'response',
    commands: [
      {
        op: 'response',
        fields: {
          source: 10,
          destination: 1,
        },
      },
    ],
  },
  {
    name: 'events are reported, with a time relative to the one before them',
    from: 'server',
    hex: '0564234401000a00d7fb c0f1820000330107019f0d83524c0102ed3f 0328020004008105000700010a004b82',
    role: 'one-way',
    commands: [
      {
        op: 'unsolicited-response',
        fields: {
          source: 10,
          destination: 1,
          objects: 'g51v1',
        },
      },
      {
        op: 'unsolicited-response',
        fields: {
          source: 10,
          destination: 1,
          objects: 'g2v3',
          points: 4,
          values: 1,
        },
      },
      {
        op: 'unsolicited-response',
        fields: {
          source: 10,
          destination: 1,
          objects: 'g2v3',
          points: 7,
          values: 0,
        },
      },
    ],
  },
  {
    name: 'an outstation that has restarted reports nothing yet',
    from: 'server',
    hex: '05640a4401000a006e25 c0f08280006b7d',
    role: 'one-way',
    commands: [
      {
        op: 'unsolicited-response',
        fields: {
          source: 10,
          destination: 1,
        },
      },
    ],
  },
  {
    name: 'a challenge postpones the answer',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '05641ac40a0001008a1c c0c0030c012801000100030164000000ef7d 6400000000005b',
      },
    ],
    hex: '05641b4401000a0048e8 c7c083000078015b010c00030000000020b8 04017374766587db',
    role: 'response',
    commands: [
      {
        op: 'authenticate-response',
        fields: {
          source: 10,
          destination: 1,
        },
      },
    ],
  },
  {
    name: 'a read from the end that answers',
    from: 'server',
    hex: '05640b4401000a008990 c0c0013c0106ff50',
    role: 'one-way',
    commands: [
      {
        op: 'unlisted',
        fields: {
          source: 10,
          destination: 1,
          function: 1,
        },
      },
    ],
  },
]
