/** Messages of EtherNet/IP. Those of session 2a000101 are put together by the standard, the others come from plants. */
import type { Golden } from '../golden.ts'
import { connectionsGolden } from './golden-connections.ts'
import { pcccGolden } from './golden-pccc.ts'
import { tagsGolden } from './golden-tags.ts'

export const enipGolden: readonly Golden[] = [
  {
    name: 'a list of identities is asked for',
    from: 'client',
    hex: '6300 0000 00000000 00000000 00000000c1debed1 00000000',
    role: 'request',
    commands: [{ op: 'list-identity' }],
    refusal: '6300 0000 00000000 01000000 00000000c1debed1 00000000',
  },
  {
    name: 'a device says who it is',
    from: 'server',
    hex:
      '6300 3300 00000000 00000000 00000000c1debed1 00000000 01000c002d0001000002af120a' +
      '0101a4000000000000000001000c003a00040330008e4d52000b313735362d454e42542f4103',
    role: 'response',
    commands: [],
  },
  {
    name: 'a session is opened',
    from: 'client',
    hex: '6500 0400 00000000 00000000 0000000000000000 00000000 01000000',
    role: 'request',
    commands: [{ op: 'register-session' }],
    refusal: '6500 0000 00000000 01000000 0000000000000000 00000000',
  },
  {
    name: 'a session is closed, which is not answered',
    from: 'client',
    hex: '6600 0000 0101002a 00000000 0000000000000000 00000000',
    role: 'one-way',
    commands: [{ op: 'unregister-session' }],
    refusal: 0,
  },
  {
    name: 'nothing is done',
    from: 'server',
    hex: '0000 0200 0101002a 00000000 0000000000000000 00000000 0000',
    role: 'one-way',
    commands: [{ op: 'nop' }],
  },
  {
    name: 'an encapsulation command that is not listed',
    from: 'client',
    hex: '6800 0000 0101002a 00000000 0000000000000000 00000000',
    role: 'request',
    commands: [{ op: 'unlisted', fields: { command: 104 } }],
    refusal: '6800 0000 0101002a 01000000 0000000000000000 00000000',
  },
  {
    name: 'a controller is stopped',
    from: 'client',
    hex: '7000 1c00 01002a00 00000000 0000000000000000 00000000 0000000001000200a1000400224095ffb100080006010702208e2401',
    role: 'request',
    commands: [{ op: 'stop', fields: { class: 142, instance: 1 } }],
    refusal: -1,
    neutralised:
      '7000 1c00 01002a00 00000000 0000000000000000 00000000 0000000001000200a1000400224095ffb100080006017f02208e2401',
  },
  {
    name: 'an attribute is written',
    from: 'client',
    hex: '6f00 1c00 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2000c00100320f52401300302000000',
    role: 'request',
    commands: [{ op: 'set-attribute-single', fields: { class: 245, instance: 1, attribute: 3, values: 2 } }],
    refusal: '6f00 1400 0101002a 00000000 62756c6b68656164 00000000 000000000000020000000000b200040090000800',
    neutralised:
      '6f00 1c00 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2000c007f0320f52401300302000000',
  },
  {
    name: 'attributes are read, each by its number',
    from: 'client',
    hex:
      '7000 2000 00010211 00000000 0000000000000000 00000000 0000000001000200a100040001' +
      '0b7c00b1000c008b070302208b240101000800',
    role: 'request',
    commands: [{ op: 'get-attribute-list', fields: { class: 139, instance: 1, attribute: 8 } }],
    refusal: -1,
    neutralised:
      '7000 2000 00010211 00000000 0000000000000000 00000000 0000000001000200a100040001' +
      '0b7c00b1000c008b077f02208b240101000800',
  },
  {
    name: 'a request is routed to a slot',
    from: 'client',
    hex:
      '6f00 2600 00010210 00000000 b0e3300000000000 00000000 000000001400020000000000b2' +
      '00160052022006240107e90800010220ac2401010001000100',
    role: 'request',
    commands: [{ op: 'get-attributes-all', fields: { class: 172, instance: 1, slot: 0 } }],
    refusal: '6f00 1400 00010210 00000000 b0e3300000000000 00000000 000000000000020000000000b200040081000800',
    neutralised:
      '6f00 2600 00010210 00000000 b0e3300000000000 00000000 000000001400020000000000b2' +
      '0016007f022006240107e90800010220ac2401010001000100',
  },
  {
    name: 'a packet in a routed request',
    from: 'client',
    hex:
      '6f00 3a00 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '002a0052022006240107e91b000a0220022401020006000e000e03200124013007050220012401010001000103',
    role: 'request',
    commands: [
      { op: 'get-attribute-single', fields: { class: 1, instance: 1, slot: 3, attribute: 7 } },
      { op: 'reset', fields: { class: 1, instance: 1, slot: 3, 'reset-type': 1 } },
    ],
    refusal:
      '6f00 2200 0101002a 00000000 62756c6b68656164 00000000 000000000000020000000000b2' +
      '0012008a001e00020006000a008e00080085000800',
    neutralised:
      '6f00 3a00 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '002a007f022006240107e91b000a0220022401020006000e000e03200124013007050220012401010001000103',
  },
  {
    name: 'a request is routed to another network',
    from: 'client',
    hex:
      '6f00 3400 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '00240052022006240107e908000e0320012401300708000104120b3139322e3136382e312e3900',
    role: 'request',
    commands: [
      { op: 'routed-onward', fields: { routes: '1/4,2/192.168.1.9' } },
      { op: 'get-attribute-single', fields: { class: 1, instance: 1, slot: -3, attribute: 7 } },
    ],
    refusal: '6f00 1400 0101002a 00000000 62756c6b68656164 00000000 000000000000020000000000b20004008e000800',
    neutralised:
      '6f00 3400 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '0024007f022006240107e908000e0320012401300708000104120b3139322e3136382e312e3900',
  },
  {
    name: 'packets within packets are nested too deeply',
    from: 'client',
    hex:
      '6f00 4000 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '0030000a0220022401010004000a0220022401010004000a0220022401010004000a0220022401010004000e03200124013007',
    role: 'request',
    fault: 'too-deep',
    commands: [{ op: 'unlisted-service', fields: { 'service-code': 14 } }],
    refusal:
      '6f00 1c00 0101002a 00000000 62756c6b68656164 00000000 000000000000020000000000b2000c008a001e00010004008a000800',
    neutralised:
      '6f00 4000 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '0030007f0220022401010004000a0220022401010004000a0220022401010004000a0220022401010004000e03200124013007',
  },
  {
    name: 'an offset that leads back is malformed',
    from: 'client',
    hex:
      '6f00 2400 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '0014000a02200224010200060006000e03200124013007',
    role: 'request',
    fault: 'malformed',
    commands: [{ op: 'multiple-service-packet' }],
    refusal:
      '6f00 2200 0101002a 00000000 62756c6b68656164 00000000 000000000000020000000000b2' +
      '0012008a001e00020006000a008e0008008e000800',
    neutralised:
      '6f00 2400 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b2' +
      '0014007f02200224010200060006000e03200124013007',
  },
  {
    name: 'a service of an object within another is of no known class',
    from: 'client',
    hex:
      '7000 2000 00010212 00000000 0000000000000000 00000000 0000000001000200a100040001' +
      '6b0700b1000c004c1c4c04208e240120742401',
    role: 'request',
    commands: [{ op: 'unlisted-service', fields: { class: [142, 116], instance: [1, 1], 'service-code': 76 } }],
    refusal: -1,
    neutralised:
      '7000 2000 00010212 00000000 0000000000000000 00000000 0000000001000200a100040001' +
      '6b0700b1000c004c1c7f04208e240120742401',
  },
  {
    name: 'two data items are malformed',
    from: 'client',
    hex:
      '6f00 2000 0101002a 00000000 0000000000000000 00000000 000000000a00030000000000b2' +
      '000600010220012401b2000600050220012401',
    role: 'request',
    fault: 'malformed',
    commands: [{ op: 'send-rr-data' }],
    refusal: '6f00 0000 0101002a 03000000 0000000000000000 00000000',
  },
  {
    name: 'a device is reset to what it left the factory with',
    from: 'client',
    hex: '6f00 1700 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b200070005022001240101',
    role: 'request',
    commands: [{ op: 'reset', fields: { class: 1, instance: 1, 'reset-type': 1 } }],
    refusal: '6f00 1400 0101002a 00000000 62756c6b68656164 00000000 000000000000020000000000b200040085000800',
    neutralised: '6f00 1700 0101002a 00000000 62756c6b68656164 00000000 000000000a00020000000000b20007007f022001240101',
  },
  ...tagsGolden,
  ...connectionsGolden,
  ...pcccGolden,
]
