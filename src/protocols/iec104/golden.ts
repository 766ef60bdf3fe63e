import type { Golden } from '../golden.ts'

/** Common address 37133, as in the messages below. */
const at37133 = { 'common-address': 37_133, originator: 0 }

export const iec104Golden: readonly Golden[] = [
  {
    name: 'data transfer is started',
    from: 'client',
    hex: '68 04 07 00 00 00',
    role: 'request',
    commands: [{ op: 'startdt' }],
    refusal: -1,
  },
  {
    name: 'the start of data transfer is confirmed',
    from: 'server',
    after: [{ from: 'client', hex: '68 04 07 00 00 00' }],
    hex: '68 04 0b 00 00 00',
    role: 'response',
    commands: [{ op: 'startdt' }],
  },
  {
    name: 'either end tests the connection',
    from: 'server',
    hex: '68 04 43 00 00 00',
    role: 'one-way',
    commands: [{ op: 'testfr' }],
  },
  {
    name: 'received frames are acknowledged',
    from: 'client',
    hex: '68 04 01 00 42 b8',
    role: 'one-way',
    commands: [{ op: 'acknowledge' }],
    refusal: 0,
  },
  {
    name: 'a station is interrogated',
    from: 'client',
    hex: '68 0e 0000 0200 64 01 06 00 0d91 000000 14',
    role: 'request',
    commands: [{ op: 'interrogation', fields: { ...at37133, cause: 6, qualifier: 20 } }],
    refusal: '68 0e 0200 0200 64 01 47 00 0d91 000000 14',
    neutralised: '68 0e 0000 0200 39 01 06 00 0d91 000000 14',
  },
  {
    name: 'an interrogation is confirmed, and more will follow',
    from: 'server',
    after: [{ from: 'client', hex: '68 0e 0000 0200 64 01 06 00 0d91 000000 14' }],
    hex: '68 0e 0200 0200 64 01 07 00 0d91 000000 14',
    role: 'response',
    commands: [{ op: 'interrogation', fields: { ...at37133, cause: 7, qualifier: 20 } }],
  },
  {
    name: 'a sequence of points is one span with a value at each address',
    from: 'server',
    hex: '68 16 0400 0200 01 89 14 00 0d91 1a2700 d0 80 80 80 c0 80 80 80 81',
    role: 'one-way',
    commands: [
      {
        op: 'single-point',
        fields: {
          'common-address': 37_133,
          cause: 20,
          ioa: [10_010, 10_011, 10_012, 10_013, 10_014, 10_015, 10_016, 10_017, 10_018],
          values: [0, 0, 0, 0, 0, 0, 0, 0, 1],
        },
      },
    ],
  },
  {
    name: 'reports of scattered addresses are one each',
    from: 'server',
    hex: '68 28 327e 42b8 24 02 03 00 1429 0f0f1b 0000803f 00 05df028a230a0b 0f0f19 00000042 00 05df028a230a0b',
    role: 'one-way',
    commands: [
      {
        op: 'measured-float-with-time',
        fields: { 'common-address': 10_516, cause: 3, ioa: 0x1b0f0f, values: 1 },
      },
      {
        op: 'measured-float-with-time',
        fields: { 'common-address': 10_516, cause: 3, ioa: 0x190f0f, values: 32 },
      },
    ],
  },
  {
    name: 'a breaker is selected',
    from: 'client',
    hex: '68 0e 0000 0a00 2e 01 06 01 0d91 983a00 82',
    role: 'request',
    commands: [
      {
        op: 'double-command',
        fields: { 'common-address': 37_133, originator: 1, cause: 6, ioa: 15_000, values: 2, phase: 'select' },
      },
    ],
    refusal: '68 0e 0a00 0200 2e 01 47 01 0d91 983a00 82',
    neutralised: '68 0e 0000 0a00 39 01 06 01 0d91 983a00 82',
  },
  {
    name: 'a refused command shows no value of the process',
    from: 'server',
    after: [{ from: 'client', hex: '68 0e 0000 0a00 2e 01 06 01 0d91 983a00 02' }],
    hex: '68 0e 0a00 0400 2e 01 47 01 0d91 983a00 02',
    role: 'response',
    commands: [
      {
        op: 'double-command',
        fields: { 'common-address': 37_133, originator: 1, cause: 7, ioa: 15_000, phase: 'execute' },
      },
    ],
  },
  {
    name: 'two set-points in one message are two commands',
    from: 'client',
    hex: '68 1a 0000 0000 32 02 06 00 0100 010000 00004842 00 020000 0000c8c2 80',
    role: 'request',
    commands: [
      {
        op: 'set-point-float',
        fields: { 'common-address': 1, originator: 0, cause: 6, ioa: 1, values: 50, phase: 'execute' },
      },
      {
        op: 'set-point-float',
        fields: { 'common-address': 1, originator: 0, cause: 6, ioa: 2, values: -100, phase: 'select' },
      },
    ],
  },
  {
    name: 'a scaled set-point with time is confirmed with its value',
    from: 'server',
    after: [{ from: 'client', hex: '68 17 0000 0000 3e 01 06 00 0100 010000 18fc 00 00000000000000' }],
    hex: '68 17 0000 0200 3e 01 07 00 0100 010000 18fc 00 00000000000000',
    role: 'response',
    commands: [
      {
        op: 'set-point-scaled-with-time',
        fields: { 'common-address': 1, originator: 0, cause: 7, ioa: 1, values: -1000, phase: 'execute' },
      },
    ],
  },
  {
    name: '32 bits are written',
    from: 'client',
    hex: '68 11 0000 0000 33 01 06 00 0100 010000 ffffffff',
    role: 'request',
    commands: [
      {
        op: 'bitstring-command',
        fields: { 'common-address': 1, originator: 0, cause: 6, ioa: 1, values: 4_294_967_295 },
      },
    ],
  },
  {
    name: 'counters are asked for',
    from: 'client',
    hex: '68 0e 0000 0000 65 01 06 00 0100 000000 05',
    role: 'request',
    commands: [{ op: 'counter-interrogation', fields: { 'common-address': 1, originator: 0, cause: 6, qualifier: 5 } }],
  },
  {
    name: 'counters are reset by the same type',
    from: 'client',
    hex: '68 0e 0000 0000 65 01 06 00 0100 000000 c5',
    role: 'request',
    commands: [{ op: 'counter-freeze', fields: { 'common-address': 1, originator: 0, cause: 6, qualifier: 0xc5 } }],
  },
  {
    name: 'an object is read',
    from: 'client',
    hex: '68 0d 0000 0000 66 01 05 00 0100 0a0000',
    role: 'request',
    commands: [{ op: 'read', fields: { 'common-address': 1, originator: 0, cause: 5, ioa: 10 } }],
    refusal: '68 0d 0000 0200 66 01 6c 00 0100 0a0000',
  },
  {
    name: 'what was read comes as a report of its type',
    from: 'server',
    after: [{ from: 'client', hex: '68 0d 0000 0000 66 01 05 00 0100 0a0000' }],
    hex: '68 12 0000 0200 0d 01 05 00 0100 0a0000 0000803f 00',
    role: 'response',
    commands: [{ op: 'read', fields: { 'common-address': 1, cause: 5, ioa: 10, values: 1 } }],
  },
  {
    name: 'the process is reset at all stations',
    from: 'client',
    hex: '68 0e 0000 0000 69 01 06 00 ffff 000000 01',
    role: 'request',
    commands: [{ op: 'reset-process', fields: { 'common-address': 65_535, originator: 0, cause: 6, qualifier: 1 } }],
  },
  {
    name: 'the clock is set',
    from: 'client',
    hex: '68 14 0000 0000 67 01 06 00 0100 000000 7a9a1c0b1b0b1a',
    role: 'request',
    commands: [{ op: 'clock-synchronization', fields: { 'common-address': 1, originator: 0, cause: 6 } }],
  },
  {
    name: 'a part of a file is written',
    from: 'client',
    hex: '68 14 0000 0000 7d 01 0d 00 0100 0a0000 0100 01 03 aabbcc',
    role: 'one-way',
    commands: [{ op: 'write-segment', fields: { 'common-address': 1, originator: 0, cause: 13, ioa: 10 } }],
    refusal: '68 14 0000 0200 7d 01 6c 00 0100 0a0000 0100 01 03 aabbcc',
  },
  {
    name: 'a station that has started says so',
    from: 'server',
    hex: '68 0e 0000 0000 46 01 04 00 0d91 000000 00',
    role: 'one-way',
    commands: [{ op: 'end-of-initialization', fields: { 'common-address': 37_133, cause: 4, ioa: 0 } }],
  },
  {
    name: 'a private type is unlisted',
    from: 'client',
    hex: '68 0f 0000 0000 c8 01 06 02 0100 010000 0102',
    role: 'one-way',
    commands: [{ op: 'unlisted', fields: { 'common-address': 1, originator: 2, cause: 6, type: 200 } }],
    refusal: '68 0f 0000 0200 c8 01 47 02 0100 010000 0102',
  },
  {
    name: 'a command with bytes left over is malformed',
    from: 'client',
    hex: '68 0f 0000 0000 2d 01 06 00 0100 010000 01 01',
    role: 'request',
    fault: 'malformed',
  },
  {
    name: 'a command that says two objects and has one is malformed',
    from: 'client',
    hex: '68 0e 0000 0000 2d 02 06 00 0100 010000 01',
    role: 'request',
    fault: 'malformed',
  },
  {
    name: 'two functions in one control field are malformed',
    from: 'client',
    hex: '68 04 47 00 00 00',
    role: 'one-way',
    fault: 'malformed',
  },
  {
    name: 'a numbered frame without anything in it is malformed, and is acknowledged when it is withheld',
    from: 'client',
    hex: '68 04 0000 0000',
    role: 'one-way',
    fault: 'malformed',
    refusal: '68 04 0100 0200',
  },
]
