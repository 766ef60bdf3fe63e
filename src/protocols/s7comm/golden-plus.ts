/** Messages of S7comm-plus, and what stands in their place under TLS. */
import type { Golden } from '../golden.ts'

export const plusGolden: readonly Golden[] = [
  {
    name: 'a session is opened',
    from: 'client',
    hex:
      '0300004c 02f080 7201003d ' +
      '31000004ca0000000100000120360000011d00040000000000a1000000d3821f0000a381690015165365727665725365' +
      '7373696f6e5f31303030303030 72010000',
    role: 'request',
    commands: [{ op: 'plus-create-session' }],
  },
  {
    name: 'an object of another class is created: it may be a block',
    from: 'client',
    hex: '03000032 02f080 72020023 31000004ca0000000200000120360000011d00040000000000a1000000d3822f0000a2 72020000',
    role: 'request',
    commands: [{ op: 'plus-create-object' }],
    refusal: -1,
  },
  {
    name: 'variables of a data block are read',
    from: 'client',
    hex:
      '0300005d 02f080 7202004e ' +
      '310000054c00000004000003be3400000000020c81ffccb57788d0b880030293760a8efaa6a85c88d0b880030493760e' +
      '008200000004e88969001200000000896a001300896b0004000000000000 72020000',
    role: 'request',
    commands: [
      { op: 'plus-get-multi-variables', fields: { db: 3, area: 'DB' } },
      { op: 'plus-get-multi-variables', fields: { db: 3, area: 'DB' } },
    ],
  },
  {
    name: 'attributes of an object are written',
    from: 'client',
    hex:
      '0300007a 02f080 7202006b ' +
      '310000054200000002000003be34000003be010182320100170000013a823b00048200823c00048140823d00048480c0' +
      '40823e00048480c040823f0015008240001505323b3238388241000300030000000004e88969001200000000896a0013' +
      '00896b0004000000000000 72020000',
    role: 'request',
    commands: [{ op: 'plus-set-multi-variables' }],
  },
  {
    name: 'a message with a digest: more notifications are taken',
    from: 'client',
    hex:
      '03000068 02f080 72030059 ' +
      '20e969a95a852ab0e288480ccecb618e48779f4b68a1ce9a9c42cd6aa53680068331000004f20000831a70000e4d7470' +
      '000e5101881d000700ce000004e88969001200000000896a001300896b000400000084eb2700000000 72030000',
    role: 'request',
    commands: [{ op: 'plus-credit-subscription' }],
  },
  {
    name: 'an attribute of another kind is written',
    from: 'client',
    hex:
      '03000043 02f080 72020034 ' +
      '31000004f200007f6e000003e2347000000a019517000201000004e88969001200000000896a001300896b0004000000' +
      '00000000 72020000',
    role: 'request',
    commands: [{ op: 'plus-set-variable' }],
  },
  {
    name: 'the controller notifies of values',
    from: 'server',
    hex:
      '03000066 02f080 72030057 ' +
      '20bc39bc518360c71c1efbb7cafdce93921525bd7c001180097757d3d70755e1d03370000e51040000000000cd8ec14c' +
      '019200000005000e41aaa1be9200000019000e417e82ab920000001b000e4193c82f0000000000 72030000',
    role: 'one-way',
    commands: [{ op: 'plus-notification' }],
  },
  {
    name: 'a response answers its sequence number',
    from: 'server',
    after: [
      {
        from: 'client',
        hex:
          '03000053 02f080 72020044 ' +
          '310000054c00000003000003be3400000000030e0032019a7b00814902880d876800814902880d8769000004e8896900' +
          '1200000000896a001300896b0004000000000000 72020000',
      },
    ],
    hex: '0300002c 02f080 7202001d 320000054c000000033400010008010200083203000832000000000000 72020000',
    role: 'response',
    commands: [],
  },
  {
    name: 'the first frame of several waits for the last',
    from: 'client',
    hex: '0300001b 02f080 72010010 310000056b00000009000001 20360000',
    role: 'part',
    commands: [],
  },
  {
    name: 'the last frame is judged by what the first one said',
    from: 'client',
    after: [{ from: 'client', hex: '0300001b 02f080 72010010 310000056b00000009000001 20360000' }],
    hex: '03000013 02f080 72010004 deadbeef 72010000',
    role: 'request',
    commands: [{ op: 'plus-invoke' }],
    refusal: -1,
  },
  {
    name: 'a method is called',
    from: 'client',
    hex: '03000023 02f080 72020014 310000056b000000090000012036000000000000 72020000',
    role: 'request',
    commands: [{ op: 'plus-invoke' }],
  },
  {
    name: 'a session is closed',
    from: 'client',
    hex: '03000025 02f080 72020016 31000004d400000009000003be34000003be00000000 72020000',
    role: 'request',
    commands: [{ op: 'plus-delete-session' }],
  },
  {
    name: 'a block is deleted',
    from: 'client',
    hex: '03000025 02f080 72020016 31000004d400000009000003be348a0e000100000000 72020000',
    role: 'request',
    commands: [{ op: 'plus-delete-object' }],
  },
  {
    name: 'the connection changes over to TLS',
    from: 'client',
    hex: '03000021 02f080 72010012 31000005b300000001000000003000000000 72010000',
    role: 'request',
    commands: [{ op: 'plus-init-ssl' }],
  },
  {
    name: 'inside TLS nothing can be seen',
    from: 'client',
    hex: '0300001b 02f080 16030300100100000c0303000102030405060708',
    role: 'one-way',
    commands: [{ op: 'plus-opaque' }],
    fault: 'opaque',
  },
  {
    name: 'a function of S7comm-plus that nobody knows',
    from: 'client',
    hex: '03000021 02f080 72020012 310000059900000009000001203600000000 72020000',
    role: 'request',
    commands: [{ op: 'plus-unlisted', fields: { function: 1433 } }],
  },
  {
    name: 'places that do not add up are malformed',
    from: 'client',
    hex:
      '03000038 02f080 72020029 ' +
      '310000054c00000003000003be3400000000030f0032019a7b00814902880d876800814902880d8769 72020000',
    role: 'request',
    commands: [
      { op: 'plus-get-multi-variables' },
      { op: 'plus-get-multi-variables' },
      { op: 'plus-get-multi-variables' },
    ],
    fault: 'malformed',
  },
  {
    name: 'a frame whose trailer is of another version is malformed',
    from: 'client',
    hex: '0300001f 02f080 72020010 31000005420000000234000000000000 72010000',
    role: 'one-way',
    commands: [{ op: 'plus-unlisted' }],
    fault: 'malformed',
  },
  {
    name: 'the connection is kept',
    from: 'client',
    hex: '0300000f 02f080 72ff0004 0000abcd',
    role: 'one-way',
    commands: [{ op: 'plus-keep-alive' }],
  },
]
