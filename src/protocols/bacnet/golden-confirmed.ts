/** Confirmed services and their answers. */
import type { Golden } from '../golden.ts'

export const confirmedGolden: readonly Golden[] = [
  {
    name: "an object's name is read",
    from: 'client',
    hex: '810a 0011 0104 0005010c 0c00000001 194d',
    role: 'request',
    commands: [
      {
        op: 'read-property',
        fields: { instance: 1, 'object-type': 'analog-input', property: 'object-name' },
      },
    ],
    refusal: '810a000d010050010c9105911d',
    neutralised: '810a001101040005017f0c00000001194d',
  },
  {
    name: 'the answer to a read shows the value of the property',
    from: 'server',
    after: [{ from: 'client', hex: '810a 0011 0104 0005010c 0c00000001 1955' }],
    hex: '810a 0017 0100 30010c 0c00000001 1955 3e 4442705ecf 3f',
    role: 'response',
    commands: [
      {
        op: 'read-property',
        fields: {
          instance: 1,
          'object-type': 'analog-input',
          property: 'present-value',
          values: 60.092586517333984,
        },
      },
    ],
  },
  {
    name: 'four properties of an object are four reads',
    from: 'client',
    hex: '810a 0019 0104 0005010e 0c02000065 1e 0979 0946 091c 094c 1f',
    role: 'request',
    commands: [
      {
        op: 'read-property-multiple',
        fields: { instance: 101, 'object-type': 'device', property: 'vendor-name' },
      },
      {
        op: 'read-property-multiple',
        fields: { instance: 101, 'object-type': 'device', property: 'model-name' },
      },
      {
        op: 'read-property-multiple',
        fields: { instance: 101, 'object-type': 'device', property: 'description' },
      },
      {
        op: 'read-property-multiple',
        fields: { instance: 101, 'object-type': 'device', property: 'object-list' },
      },
    ],
    refusal: '810a000d010050010e9105911d',
  },
  {
    name: 'an answer about several properties shows what could be read of them',
    from: 'server',
    after: [{ from: 'client', hex: '810a 001c 0104 0203880e 0c00000835 1e 0955 1f 0c00000838 1e 0955 1f' }],
    hex: '810a 0028 0100 30880e 0c00000835 1e 2955 4e 44425c0000 4f 1f 0c00000838 1e 2955 5e 9101 911f 5f 1f',
    role: 'response',
    refused: true,
    commands: [
      {
        op: 'read-property-multiple',
        fields: {
          instance: 2101,
          'object-type': 'analog-input',
          property: 'present-value',
          values: 55,
        },
      },
      {
        op: 'read-property-multiple',
        fields: { instance: 2104, 'object-type': 'analog-input', property: 'present-value' },
      },
    ],
  },
  {
    name: 'an output is written at a priority, beyond a router',
    from: 'client',
    hex: '810a 001f 0124 0003016cff 0203020f 0c00400065 1955 3e 4442480000 3f 490a',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: {
          instance: 101,
          priority: 10,
          'object-type': 'analog-output',
          property: 'present-value',
          values: 50,
        },
      },
    ],
    refusal: '810a001101080003016c50020f9105911d',
    neutralised: '810a001f01240003016cff0203027f0c0040006519553e44424800003f490a',
  },
  {
    name: 'a write without priority has the lowest, and one of NULL no value',
    from: 'client',
    hex: '810a 0014 0104 0005010f 0c01000001 1955 3e 00 3f',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: {
          instance: 1,
          priority: 16,
          'object-type': 'binary-output',
          property: 'present-value',
        },
      },
    ],
  },
  {
    name: 'a station beyond a router writes, and the refusal finds it',
    from: 'client',
    hex: '810a 001d 010c 0007 03 0a0b0c 0005030f 0c01400001 1955 3e 9101 3f 4908',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: {
          instance: 1,
          priority: 8,
          'object-type': 'binary-value',
          property: 'present-value',
          values: 1,
        },
      },
    ],
    refusal: '810a001401200007030a0b0cff50030f9105911d',
  },
  {
    name: 'two objects are written by one request',
    from: 'client',
    hex: '810a 002b 0104 00050110 0c01000000 1e 0955 2e 4400000000 2f 3905 1f 0c01000001 1e 0955 2e 2105 2f 3905 1f',
    role: 'request',
    commands: [
      {
        op: 'write-property-multiple',
        fields: {
          instance: 0,
          priority: 5,
          'object-type': 'binary-output',
          property: 'present-value',
          values: 0,
        },
      },
      {
        op: 'write-property-multiple',
        fields: {
          instance: 1,
          priority: 5,
          'object-type': 'binary-output',
          property: 'present-value',
          values: 5,
        },
      },
    ],
    refusal: '810a00090100710105',
  },
  {
    name: 'a device is silenced',
    from: 'client',
    hex: '810a 0019 0104 00050111 093c 1901 2d090066696c6973746572',
    role: 'request',
    commands: [{ op: 'device-communication-control', fields: { state: 'disable' } }],
    refusal: '810a000d01005001119105911d',
  },
  {
    name: 'a device is restarted',
    from: 'client',
    hex: '810a 0019 0104 00050114 0901 1d0b0044656c63617474793730',
    role: 'request',
    commands: [{ op: 'reinitialize-device', fields: { state: 'warmstart' } }],
    refusal: '810a000d01005001149105911d',
  },
  {
    name: 'an object is created',
    from: 'client',
    hex: '810a 0011 0104 0005010a 0e 1c00000001 0f',
    role: 'request',
    commands: [{ op: 'create-object', fields: { instance: 1, 'object-type': 'analog-input' } }],
    refusal: '810a00090100710105',
  },
  {
    name: 'an element is added to a list',
    from: 'client',
    hex: '810a 0018 0104 00050208 0c03c00001 1966 3e 0c02000001 3f',
    role: 'request',
    commands: [
      {
        op: 'add-list-element',
        fields: { instance: 1, 'object-type': 'notification-class', property: 'recipient-list' },
      },
    ],
    refusal: '810a00090100710205',
  },
  {
    name: 'a file is written',
    from: 'client',
    hex: '810a 0017 0104 00050307 c402800001 0e 3100 63010203 0f',
    role: 'request',
    commands: [{ op: 'atomic-write-file', fields: { instance: 1 } }],
    refusal: '810a000d01005003079105911d',
  },
  {
    name: 'a change of a property is watched',
    from: 'client',
    hex: '810a 001e 0104 00050f1c 0912 1c0000000a 2901 393c 4e 0955 4f 5c3f800000',
    role: 'request',
    commands: [
      {
        op: 'subscribe-cov-property',
        fields: { instance: 10, 'object-type': 'analog-input', property: 'present-value' },
      },
    ],
  },
  {
    name: 'a service of a vendor is asked for',
    from: 'client',
    hex: '810a 0012 0104 02053412 0907 1a01ff 2e 00 2f',
    role: 'request',
    commands: [{ op: 'confirmed-private-transfer', fields: { vendor: 7, 'service-number': 511 } }],
    refusal: '810a00090100713405',
  },
  {
    name: 'a service that nobody defined is unlisted',
    from: 'client',
    hex: '810a 000c 0104 00050528 0900',
    role: 'request',
    commands: [{ op: 'unlisted', fields: { 'service-number': 40 } }],
    refusal: '810a00090100600509',
  },
]
