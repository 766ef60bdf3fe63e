/** Messages that open a connection, and that read and write variables. */
import type { Golden } from '../golden.ts'

export const variablesGolden: readonly Golden[] = [
  {
    name: 'a programming device asks for the connection to rack 0, slot 2',
    from: 'client',
    hex: '03000016 11e00000000100c0010ac1020100c2020102',
    role: 'request',
    commands: [{ op: 'connect-request', fields: { rack: 0, slot: 2, 'connection-type': 'pg' } }],
    refusal: '0300000b 06800001000088',
  },
  {
    name: 'the device confirms the connection',
    from: 'server',
    after: [{ from: 'client', hex: '03000016 11e00000000100c0010ac1020100c2020102' }],
    hex: '03000016 11d00001000200c0010ac1020100c2020102',
    role: 'response',
    commands: [],
  },
  {
    name: 'a connect request with two called TSAPs is malformed: nobody knows which one counts',
    from: 'client',
    hex: '03000016 11e00000000100c2020102c2020103c0010a',
    role: 'request',
    commands: [{ op: 'connect-request', fields: { rack: 0, slot: 2, 'connection-type': 'pg' } }],
    fault: 'malformed',
  },
  {
    name: 'sizes are agreed on',
    from: 'client',
    hex: '03000019 02f080 32010000000000080000 f0000001000101e0',
    role: 'request',
    commands: [{ op: 'setup-communication' }],
    refusal: '0300001b 02f080 320300000000000800008104 f0000001000101e0',
  },
  {
    name: 'data that is empty says nothing',
    from: 'client',
    hex: '03000007 02f000',
    role: 'one-way',
    commands: [{ op: 'empty-data' }],
    refusal: 0,
  },
  {
    name: 'a command of a whole connection says rack, slot and kind of client',
    from: 'client',
    after: [
      { from: 'client', hex: '03000016 11e00000000100c0010ac1020100c2020102' },
      { from: 'server', hex: '03000016 11d00001000200c0010ac1020100c2020102' },
    ],
    hex: '0300001f 02f080 320100000000000e0000 0401120a10020004000184000000',
    role: 'request',
    commands: [
      {
        op: 'read-var',
        fields: { db: 1, bytes: [0, 1, 2, 3], rack: 0, slot: 2, area: 'DB', type: 'byte', 'connection-type': 'pg' },
      },
    ],
  },
  {
    name: 'five areas are read, each a command, timers and counters by their number',
    from: 'client',
    hex:
      '0300004f 02f080 320100001b00003e0000 ' +
      '0405120a10020010000083000000120a10020010000081000000120a10020010000082000000120a101d000800001d00' +
      '0000120a101c000800001c000000',
    role: 'request',
    commands: [
      {
        op: 'read-var',
        fields: { bytes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], area: 'M', type: 'byte' },
      },
      {
        op: 'read-var',
        fields: { bytes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], area: 'I', type: 'byte' },
      },
      {
        op: 'read-var',
        fields: { bytes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], area: 'Q', type: 'byte' },
      },
      { op: 'read-var', fields: { bytes: [0, 1, 2, 3, 4, 5, 6, 7], area: 'T', type: 'timer' } },
      { op: 'read-var', fields: { bytes: [0, 1, 2, 3, 4, 5, 6, 7], area: 'C', type: 'counter' } },
    ],
    refusal: '03000029 02f080 320300001b00000200140000 0405 0300000003000000030000000300000003000000',
    neutralised:
      '0300004f 02f080 320100001b00003e0000 ' +
      '7f05120a10020010000083000000120a10020010000081000000120a10020010000082000000120a101d000800001d00' +
      '0000120a101c000800001c000000',
  },
  {
    name: 'an answer shows the values at the places that were asked for',
    from: 'server',
    after: [{ from: 'client', hex: '0300001f 02f080 320100000100000e0000 0401120a10080002000584000050' }],
    hex: '03000021 02f080 3203000001000002000c0000 0401 ff07000841200000c1200000',
    role: 'response',
    commands: [
      {
        op: 'read-var',
        fields: {
          db: 5,
          bytes: [10, 11, 12, 13, 14, 15, 16, 17],
          area: 'DB',
          type: 'real',
          values: [10, 10, 10, 10, -10, -10, -10, -10],
        },
      },
    ],
  },
  {
    name: 'an answer of items that cannot be read shows those that can',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '0300002b 02f080 320100000a00001a0000 0402120a10020002000083000000120a10020001000081000000',
      },
    ],
    hex: '0300001e 02f080 320300000a00000200090000 0402 0a000004ff0400087f',
    role: 'response',
    refused: true,
    commands: [{ op: 'read-var', fields: { bytes: 0, area: 'I', type: 'byte', values: 127 } }],
  },
  {
    name: 'a REAL is written',
    from: 'client',
    hex: '03000027 02f080 320100001800000e0008 0501120a10080001000584000050 0007000441200000',
    role: 'request',
    commands: [{ op: 'write-var', fields: { db: 5, bytes: [10, 11, 12, 13], area: 'DB', type: 'real', values: 10 } }],
    refusal: '03000016 02f080 320300001800000200010000 0501 03',
    neutralised: '03000027 02f080 320100001800000e0008 7f01120a10080001000584000050 0007000441200000',
  },
  {
    name: 'one bit and three words of a data block are written at once',
    from: 'client',
    hex:
      '0300003b 02f080 320100003000001a0010 0502120a1001000100018400000b120a10040003000184000050 ' +
      '00030001010000040030000a0014ffff',
    role: 'request',
    commands: [
      { op: 'write-var', fields: { db: 1, bytes: 1, bits: 3, area: 'DB', type: 'bit', values: 1 } },
      {
        op: 'write-var',
        fields: {
          db: 1,
          bytes: [10, 11, 12, 13, 14, 15],
          area: 'DB',
          type: 'word',
          values: [10, 10, 20, 20, 65535, 65535],
        },
      },
    ],
    refusal: '03000017 02f080 320300003000000200020000 0502 0303',
    neutralised:
      '0300003b 02f080 320100003000001a0010 7f02120a1001000100018400000b120a10040003000184000050 ' +
      '00030001010000040030000a0014ffff',
  },
  {
    name: 'a write whose data is shorter than its place is malformed',
    from: 'client',
    hex: '03000025 02f080 320100001800000e0006 0501120a10080001000083000080 0007000279e9',
    role: 'request',
    commands: [{ op: 'write-var', fields: { bytes: [16, 17, 18, 19], area: 'M', type: 'real' } }],
    fault: 'malformed',
  },
  {
    name: 'a write with bytes behind its data is malformed',
    from: 'client',
    hex: '03000029 02f080 320100001800000e000a 0501120a10080001000083000080 0007000479e9f6420000',
    role: 'request',
    commands: [
      { op: 'write-var', fields: { bytes: [16, 17, 18, 19], area: 'M', type: 'real', values: 1.5184998373247989e35 } },
    ],
    fault: 'malformed',
  },
  {
    name: 'a write of a type without known size has a place that is not known',
    from: 'client',
    hex: '03000027 02f080 320100001800000e0008 0501120a10130001000184000080 0009000479e9f642',
    role: 'request',
    commands: [{ op: 'write-var', fields: { db: 1, area: 'DB' } }],
  },
  {
    name: 'three parts of data blocks are read by an operator station',
    from: 'client',
    hex: '03000026 02f080 32010000110000150000 04011211b00302007c003c04008b019402008c006c',
    role: 'request',
    commands: [
      { op: 'read-var', fields: { db: 124, bytes: [60, 61], area: 'DB', type: 'byte' } },
      { op: 'read-var', fields: { db: 139, bytes: [404, 405, 406, 407], area: 'DB', type: 'byte' } },
      { op: 'read-var', fields: { db: 140, bytes: [108, 109], area: 'DB', type: 'byte' } },
    ],
  },
  {
    name: 'three parts are answered, each with a return code of its own',
    from: 'server',
    after: [{ from: 'client', hex: '03000026 02f080 32010000110000150000 04011211b00302007c003c04008b019402008c006c' }],
    hex: '03000024 02f080 3203000011000002000f0000 0401 ff09000bff040aff0544053eff040a',
    role: 'response',
    commands: [
      { op: 'read-var', fields: { db: 124, bytes: [60, 61], area: 'DB', type: 'byte', values: [4, 10] } },
      {
        op: 'read-var',
        fields: { db: 139, bytes: [404, 405, 406, 407], area: 'DB', type: 'byte', values: [5, 68, 5, 62] },
      },
      { op: 'read-var', fields: { db: 140, bytes: [108, 109], area: 'DB', type: 'byte', values: [4, 10] } },
    ],
  },
  {
    name: 'a symbolic read names its block, not the bytes',
    from: 'client',
    hex: '0300002b 02f080 320100000300001a0000 04011216b2ff8a0e0001345fa01a200000092000000920000009',
    role: 'request',
    commands: [{ op: 'read-var', fields: { db: 1, area: 'DB' } }],
  },
]
