/** Unconfirmed services, and what is below the application. */
import type { Golden } from '../golden.ts'

export const unconfirmedGolden: readonly Golden[] = [
  {
    name: 'devices are looked for in a range',
    from: 'client',
    hex: '810b 0010 0120 ffff 00 ff 1008 0964 1966',
    role: 'one-way',
    commands: [{ op: 'who-is', fields: { device: [100, 101, 102] } }],
    refusal: 0,
  },
  {
    name: 'devices are looked for everywhere',
    from: 'client',
    hex: '810b 000c 0120 ffff 00 ff 1008',
    role: 'one-way',
    commands: [{ op: 'who-is' }],
  },
  {
    name: 'a device says who it is',
    from: 'server',
    hex: '810a 0015 0100 1000 c402000065 220400 9100 220539',
    role: 'one-way',
    commands: [{ op: 'i-am', fields: { device: 101 } }],
  },
  {
    name: 'a device reports a change',
    from: 'server',
    hex: '810a 0021 0100 1002 0901 1c02000002 2c00c00004 3905 4e 0955 2e 4442c80000 2f 4f',
    role: 'one-way',
    commands: [
      {
        op: 'unconfirmed-cov-notification',
        fields: { instance: 4, 'object-type': 'binary-input', property: 'present-value', values: 100 },
      },
    ],
  },
  {
    name: 'a device asks for a confirmation of what it reports',
    from: 'server',
    hex: '810a 002b 0100 00050101 0901 1c020004d2 2c00400001 3a0257 4e 0955 2e 4400000000 2f 096f 2e 820400 2f 4f',
    role: 'request',
    commands: [
      {
        op: 'confirmed-cov-notification',
        fields: { instance: 1, 'object-type': 'analog-output', property: 'present-value', values: 0 },
      },
      {
        op: 'confirmed-cov-notification',
        fields: { instance: 1, 'object-type': 'analog-output', property: 'status-flags' },
      },
    ],
  },
  {
    name: 'channels of a group are written',
    from: 'client',
    hex: '810a 001e 0100 100a 0a04d2 1901 2e 0900 2105 0901 1908 4442480000 2f 3900',
    role: 'one-way',
    commands: [
      { op: 'write-group', fields: { priority: 1, values: 5 } },
      { op: 'write-group', fields: { priority: 8, values: 50 } },
    ],
    refusal: 0,
  },
  {
    name: 'a foreign device registers',
    from: 'client',
    hex: '8105 0006 0010',
    role: 'request',
    commands: [{ op: 'register-foreign-device' }],
    refusal: '810000060030',
  },
  {
    name: 'its registration is refused',
    from: 'server',
    after: [{ from: 'client', hex: '8105 0006 0010' }],
    hex: '8100 0006 0030',
    role: 'response',
    commands: [{ op: 'bvlc-result' }],
  },
  {
    name: 'a table of the link is read',
    from: 'server',
    after: [{ from: 'client', hex: '8102 0004' }],
    hex: '8103 000e c0a80001 bac0 ffffffff',
    role: 'response',
    commands: [{ op: 'read-broadcast-distribution-table' }],
  },
  {
    name: 'a broadcast comes in an envelope that names its sender',
    from: 'server',
    hex: '8104 0012 0a0000fe bac0 0120 ffff 00 ff 1008',
    role: 'one-way',
    commands: [{ op: 'who-is' }, { op: 'forwarded-npdu' }],
  },
  {
    name: 'a foreign device has a broadcast spread',
    from: 'client',
    hex: '8109 0012 0100 1006 a4780b19fc b40c000000',
    role: 'one-way',
    commands: [{ op: 'time-synchronization' }, { op: 'distribute-broadcast-to-network' }],
    refusal: '810000060060',
  },
  {
    name: 'routers say which networks they reach',
    from: 'server',
    hex: '810b 000b 0180 01 0001 0002',
    role: 'one-way',
    commands: [{ op: 'i-am-router-to-network', fields: { networks: [1, 2] } }],
  },
  {
    name: 'a routing table is replaced',
    from: 'client',
    hex: '810a 000c 0184 06 01 0005 01 00',
    role: 'one-way',
    commands: [{ op: 'initialize-routing-table' }],
    refusal: 0,
  },
  {
    name: 'a message of the removed security layer could be any command',
    from: 'client',
    hex: '810c 0008 01020304',
    role: 'one-way',
    commands: [{ op: 'secure-bvll' }],
  },
  {
    name: 'a device rejects what it does not know',
    from: 'server',
    after: [{ from: 'client', hex: '810a 0011 0104 0005010c 0c00000001 1955' }],
    hex: '810a 0009 0100 600109',
    role: 'response',
  },
]
