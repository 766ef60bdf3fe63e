/** Messages of userdata: status lists, blocks, clock, subscriptions, tests, reports. */
import type { Golden } from '../golden.ts'

export const userdataGolden: readonly Golden[] = [
  {
    name: 'a system status list is read',
    from: 'client',
    hex: '03000021 02f080 32070000020000080008 0001120411440100 ff090004001c0000',
    role: 'request',
    commands: [{ op: 'read-szl', fields: { szl: 28 } }],
    refusal: '03000021 02f080 320700000200000c0004 000112081284010000008104 0a000000',
    neutralised: '03000021 02f080 32070000020000080008 0001120411447f00 ff090004001c0000',
  },
  {
    name: 'a further part of an answer is asked for by its sequence number, and is of the same list',
    from: 'client',
    after: [
      { from: 'client', hex: '03000021 02f080 32070000020000080008 0001120411440100 ff090004001c0000' },
      { from: 'server', hex: '03000025 02f080 320700000200000c0008 0001120812840102d5010000 ff090004001c0000' },
    ],
    hex: '03000021 02f080 320700000300000c0004 000112081244010200000000 0a000000',
    role: 'request',
    commands: [{ op: 'read-szl', fields: { szl: 28 } }],
  },
  {
    name: 'a further part of an answer that was not seen is of no known list',
    from: 'client',
    hex: '03000021 02f080 320700000300000c0004 000112081244010200000000 0a000000',
    role: 'request',
    commands: [{ op: 'read-szl' }],
  },
  {
    name: 'an answer with identity shows no command',
    from: 'server',
    after: [{ from: 'client', hex: '03000021 02f080 32070000010000080008 0001120411440100 ff09000400110000' }],
    hex:
      '03000045 02f080 320700000100000c0028 000112081284010200000000 ' +
      'ff09002400110000001c0001000136455337203331352d32454831342d304142302000c000030001',
    role: 'response',
    commands: [],
  },
  {
    name: 'blocks are counted',
    from: 'client',
    hex: '0300001d 02f080 32070000070000080004 0001120411430100 0a000000',
    role: 'request',
    commands: [{ op: 'list-blocks' }],
  },
  {
    name: 'blocks of a type are listed',
    from: 'client',
    hex: '0300001f 02f080 320700002e0000080006 0001120411430200 ff0900023038',
    role: 'request',
    commands: [{ op: 'list-blocks-of-type', fields: { 'block-type': 'OB' } }],
  },
  {
    name: 'the header of a block is read',
    from: 'client',
    hex: '03000025 02f080 3207000044000008000c 0001120411430300 ff0900083038303030303141',
    role: 'request',
    commands: [{ op: 'get-block-info', fields: { block: 1, 'block-type': 'OB' } }],
  },
  {
    name: 'the clock is read',
    from: 'client',
    hex: '0300001d 02f080 32070000160000080004 0001120411470100 0a000000',
    role: 'request',
    commands: [{ op: 'read-clock' }],
  },
  {
    name: 'the clock is set',
    from: 'client',
    hex: '03000027 02f080 3207000017000008000e 0001120411470200 ff09000a00191602082308100002',
    role: 'request',
    commands: [{ op: 'set-clock' }],
    refusal: '03000021 02f080 320700001700000c0004 000112081287020000008104 0a000000',
    neutralised: '03000027 02f080 3207000017000008000e 0001120411477f00 ff09000a00191602082308100002',
  },
  {
    name: 'a password is entered',
    from: 'client',
    hex: '03000025 02f080 3207000006000008000c 0001120411450100 ff090008213a1b1d6e681b1d',
    role: 'request',
    commands: [{ op: 'plc-password' }],
  },
  {
    name: 'changes of a part of a data block are subscribed to',
    from: 'client',
    hex: '0300002a 02f080 320700000f0000080011 0001120411420500 ff09000d000101011207b0010500510172',
    role: 'request',
    commands: [
      { op: 'change-driven-transfer', fields: { db: 81, bytes: [370, 371, 372, 373, 374], area: 'DB', type: 'byte' } },
    ],
  },
  {
    name: 'variables are subscribed to cyclically',
    from: 'client',
    hex: '0300002d 02f080 320700000f0000080014 0001120411420100 ff09001000010101120a10020004000083000050',
    role: 'request',
    commands: [{ op: 'cyclic-transfer', fields: { bytes: [10, 11, 12, 13], area: 'M', type: 'byte' } }],
  },
  {
    name: 'a subscription is ended',
    from: 'client',
    hex: '0300001f 02f080 320700000e0000080006 0001120411420400 ff0900020501',
    role: 'request',
    commands: [{ op: 'cyclic-unsubscribe' }],
  },
  {
    name: 'values of a subscription are a report',
    from: 'server',
    hex: '03000032 02f080 320700000000000c0015 000112081202050300000000 ff0900110001ff09000bff000000000000ff000000',
    role: 'one-way',
    commands: [{ op: 'cyclic-report' }],
  },
  {
    name: 'a watch table shows its variables',
    from: 'client',
    hex:
      '03000047 02f080 320700006e03000c002a 000112081241020000000000 ' +
      'ff0900260014000e00000001000000120001000100010001000102000002010600000000110100000008',
    role: 'request',
    commands: [
      { op: 'variable-status', fields: { bytes: [0, 1, 2, 3, 4, 5], area: 'M', type: 'byte' } },
      { op: 'variable-status', fields: { bytes: 8, area: 'I', type: 'byte' } },
    ],
  },
  {
    name: 'three variables are modified from a watch table',
    from: 'client',
    hex:
      '03000061 02f080 320700006803000c0044 000112081241080000000000 ' +
      'ff0900400014002800000001000100060001000100010001000102000003030100000000020100000004100100000008' +
      '000900044133851f00090002dead000900010100',
    role: 'request',
    commands: [
      { op: 'modify-variable', fields: { bytes: [0, 1, 2, 3], area: 'M', type: 'dword', values: 1093895455 } },
      { op: 'modify-variable', fields: { bytes: [4, 5], area: 'M', type: 'word', values: 57005 } },
      { op: 'modify-variable', fields: { bytes: 8, bits: 1, area: 'I', type: 'bit', values: 1 } },
    ],
  },
  {
    name: 'a watch table without the length of its last value is malformed, whatever stands behind it',
    from: 'client',
    hex:
      '0300005e 02f080 320700006803000c0041 000112081241080000000000 ' +
      'ff09003d0014002500000001000100060001000100010001000102000003030100000000020100000004100100000008' +
      '000900044133851f00090002dead000900',
    role: 'request',
    fault: 'malformed',
  },
  {
    name: 'a watch table whose sizes contradict each other names no place',
    from: 'client',
    hex:
      '03000047 02f080 320700006e03000c002a 000112081241020000000000 ' +
      'ff0900260014000f00000001000000120001000100010001000102000002010600000000110100000008',
    role: 'request',
    commands: [{ op: 'variable-status' }],
  },
  {
    name: 'the lamps are to blink',
    from: 'client',
    hex:
      '03000039 02f080 320700006c01000c001c 000112081241160000000000 ' +
      'ff090018001400000000000000010000000000010001000100010000',
    role: 'request',
    commands: [{ op: 'flash-led' }],
  },
  {
    name: 'the controller reports a change of mode',
    from: 'server',
    hex: '03000019 02f080 32070000000000080000 0100101000000000',
    role: 'one-way',
    commands: [{ op: 'mode-transition' }],
  },
  {
    name: 'the controller reports into its diagnostics',
    from: 'server',
    hex: '03000031 02f080 32070000000000080018 0001120411040300 ff0900144304ff8400000000000000009401092153421521',
    role: 'one-way',
    commands: [{ op: 'diagnostic-message' }],
  },
  {
    name: 'an alarm is reported',
    from: 'server',
    hex: '0300002d 02f080 32070000000000080014 0001120411040600 ff09001094010600474269750000000000000000',
    role: 'one-way',
    commands: [{ op: 'alarm-indication' }],
  },
  {
    name: 'userdata that nobody knows',
    from: 'client',
    hex: '0300001d 02f080 32070000070000080004 00011204114a3300 0a000000',
    role: 'request',
    commands: [{ op: 'unlisted-userdata', fields: { function: 10, subfunction: 51 } }],
    refusal: '03000021 02f080 320700000700000c0004 00011208128a330000008104 0a000000',
    neutralised: '0300001d 02f080 32070000070000080004 00011204114a7f00 0a000000',
  },
  {
    name: 'an answer of the client that nobody asked for is judged as what it would ask for',
    from: 'client',
    hex: '03000027 02f080 3207000017000008000e 0001120411870200 ff09000a00191602082308100002',
    role: 'one-way',
    commands: [{ op: 'set-clock' }],
  },
  {
    name: 'userdata whose length is not that of its parameters is malformed',
    from: 'client',
    hex: '0300001d 02f080 32070000070000080004 00011208114a3300 0a000000',
    role: 'one-way',
    commands: [{ op: 'unlisted-userdata' }],
    fault: 'malformed',
  },
]
