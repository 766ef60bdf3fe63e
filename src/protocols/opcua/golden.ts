import type { Golden } from '../golden.ts'
import { channel, channelGolden } from './golden-channel.ts'
import { serviceGolden } from './golden-services.ts'

export const opcuaGolden: readonly Golden[] = [
  ...channelGolden,
  ...serviceGolden,
  {
    name: 'the answer to a read shows numbers of the node that was asked for',
    from: 'server',
    after: [
      ...channel,
      {
        from: 'client',
        hex: '4d5347467e0000000100000001000000110000001100000001007702040100a652a8f997e4a4d416f11fd1fbef7ed7caf7004ba2d9d8011200000000000000ffffffff00000000000000000000000000000000000000010000000301000f00000055496e7431362e5661726961626c650d000000ffffffff0000ffffffff',
      },
    ],
    hex: '4d534746480000000100000001000000110000001100000001007a0296f9004ba2d9d801120000000000000000ffffffff000000010000000505ffff96f9004ba2d9d801ffffffff',
    role: 'response',
    commands: [
      { op: 'read', fields: { namespaces: 1, attributes: 13, nodes: 'ns=1;s=UInt16.Variable', values: 65535 } },
    ],
  },
  {
    name: 'the answer shows a matrix as its elements',
    from: 'server',
    after: [
      ...channel,
      {
        from: 'client',
        hex: '4d534746860000000100000001000000070000000700000001007702040100a652a8f997e4a4d416f11fd1fbef7ed7aebe004ba2d9d8010800000000000000ffffffff000000000000000000000000000000000000000100000003010017000000426f6f6c65616e2e4d61747269782e5661726961626c650d000000ffffffff0000ffffffff',
      },
    ],
    hex: '4d534746590000000100000001000000070000000700000001007a0274c1004ba2d9d801080000000000000000ffffffff0000000100000005c10300000000010002000000020000000200000074c1004ba2d9d801ffffffff',
    role: 'response',
    commands: [
      {
        op: 'read',
        fields: { namespaces: 1, attributes: 13, nodes: 'ns=1;s=Boolean.Matrix.Variable', values: [0, 1, 0] },
      },
    ],
  },
  {
    name: 'the answer to a read of unusable values shows none',
    from: 'server',
    after: [
      ...channel,
      {
        from: 'client',
        hex: '4d534746920000000d0000000100000004000000040000000100770205000020000000ab28541b6afdf93a4703a5f287190cd8d7f50d7ec3aa739ed5bc828bb497478d80611ef2b742d80143420f0000000000ffffffff88130000000000000000000000000003000000020000000100b62d0d000000ffffffff0000ffffffff0100b92d0d000000ffffffff0000ffffffff',
      },
    ],
    hex: '4d534746470000000d00000001000000020400000400000001007a02e0ce8e7ab742d80143420f000000000000ffffffff000000020000000107000000000200003480ffffffff',
    role: 'response',
    commands: [
      { op: 'read', fields: { namespaces: 0, attributes: 13, nodes: 'i=11702', values: 0 } },
      { op: 'read', fields: { namespaces: 0, attributes: 13, nodes: 'i=11705' } },
    ],
  },
  {
    name: 'a notification shows values of what is watched',
    from: 'server',
    after: [
      ...channel,
      {
        from: 'client',
        hex: '4d53474677000000030000000300000004000000040000000100ef02000000000000eb28d8010100000000000000ffffffff00000000000000090000000300000001000000030200050000004c6576656c0d000000ffffffff0000ffffffff020000004d00000000000000000000000000000100000001',
      },
      {
        from: 'client',
        hex: '4d5347463d0000000300000003000000050000000500000001003a03000000000000eb28d8010100000000000000ffffffff0000000000000000000000',
      },
    ],
    hex: '4d534746740000000300000003000000040000000500000001003d0300000000eb28d801010000000000000000ffffffff0000000900000000000000000100000000000000000000000100000001002b030116000000010000004d000000010b0000000000001240ffffffffffffffffffffffff',
    role: 'response',
    commands: [
      { op: 'create-monitored-items', fields: { namespaces: 2, attributes: 13, nodes: 'ns=2;s=Level', values: 4.5 } },
    ],
  },
  {
    name: 'bytes behind the last parameter make it malformed',
    from: 'client',
    after: channel,
    hex: '4d5347466e000000040000000400000015000000150000000100a1020401003912161546f36d34fecffcbfbacb4c14b28f934f2dd1d5011600000000000000ffffffff00000000000000010000000301000a0000007468652e616e737765720d000000ffffffff01060100000000',
    role: 'request',
    commands: [{ op: 'write', fields: { namespaces: 1, attributes: 13, nodes: 'ns=1;s=the.answer', values: 1 } }],
    fault: 'malformed',
  },
  {
    name: 'a count beyond the end is malformed, and what is there is still shown',
    from: 'client',
    after: channel,
    hex: '4d53474650000000030000000300000004000000040000000100a102000000000000eb28d8010100000000000000ffffffff000000000000000200000003020001000000410d000000ffffffff010101',
    role: 'request',
    commands: [
      { op: 'write', fields: { namespaces: 2, attributes: 13, nodes: 'ns=2;s=A', values: 1 } },
      { op: 'write', fields: {} },
    ],
    fault: 'malformed',
  },
  {
    name: 'variants within variants are looked at up to a depth',
    from: 'client',
    after: channel,
    hex: '4d534746b4000000030000000300000004000000040000000100a102000000000000eb28d8010100000000000000ffffffff000000000000000100000003020001000000410d000000ffffffff01980100000098010000009801000000980100000098010000009801000000980100000098010000009801000000980100000098010000009801000000980100000098010000009801000000980100000098010000009801000000980100000098010000000101',
    role: 'request',
    commands: [{ op: 'write', fields: { namespaces: 2, attributes: 13, nodes: 'ns=2;s=A' } }],
    fault: 'too-deep',
  },
  {
    name: 'a piece of a longer message is kept',
    from: 'client',
    after: channel,
    hex: '4d53474340000000030000000300000004000000040000000100a102000000000000eb28d8010100000000000000ffffffff0000000000000001000000030200',
    role: 'part',
    commands: [],
  },
  {
    name: 'the last piece makes the message whole',
    from: 'client',
    after: [
      ...channel,
      {
        from: 'client',
        hex: '4d53474340000000030000000300000004000000040000000100a102000000000000eb28d8010100000000000000ffffffff0000000000000001000000030200',
      },
    ],
    hex: '4d5347462b0000000300000003000000050000000400000001000000410d000000ffffffff010607000000',
    role: 'request',
    commands: [{ op: 'write', fields: { namespaces: 2, attributes: 13, nodes: 'ns=2;s=A', values: 7 } }],
    refusal: '4d534746340000000300000003000000020000000400000001008d0100000000eb28d8010100000000001f8000ffffffff000000',
  },
  {
    name: 'a last piece of another message is not taken for its end',
    from: 'client',
    after: [
      ...channel,
      {
        from: 'client',
        hex: '4d53474340000000030000000300000004000000040000000100a102000000000000eb28d8010100000000000000ffffffff0000000000000001000000030200',
      },
    ],
    hex: '4d5347462b0000000300000003000000050000000500000001000000410d000000ffffffff010607000000',
    role: 'one-way',
    commands: [{ op: 'unlisted', fields: {} }],
    fault: 'malformed',
  },
  {
    name: 'an object of no type has a body, which some servers take for what follows',
    from: 'client',
    after: channel,
    hex: '4d53474684000000030000000300000004000000040000000100a102000000000000000000000100000000000000ffffffff000000000000012200000001000000030100050000004c696d69740d000000ffffffff010b0000000000001c400100000003010008000000536574706f696e740d000000ffffffff010b0000000000001c40',
    role: 'request',
    commands: [{ op: 'write', fields: {} }],
    fault: 'malformed',
  },
  {
    name: 'a message is abandoned',
    from: 'client',
    after: channel,
    hex: '4d53474120000000030000000300000004000000040000000000b880ffffffff',
    role: 'one-way',
    commands: [],
  },
  {
    name: 'the channel is closed, and nobody answers that',
    from: 'client',
    after: channel,
    hex: '434c4f463900000004000000040000001e0000001e0000000100c40100002240eb4f2dd1d5010100000000000000ffffffff10270000000000',
    role: 'one-way',
    commands: [{ op: 'close-secure-channel', fields: { 'security-policy': 'None', 'security-mode': 'None' } }],
    refusal: 0,
  },
]
