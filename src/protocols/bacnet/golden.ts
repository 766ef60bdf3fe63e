import type { Golden } from '../golden.ts'
import { confirmedGolden } from './golden-confirmed.ts'
import { unconfirmedGolden } from './golden-unconfirmed.ts'

/** Messages in segments, and messages that are none. */
const brokenGolden: readonly Golden[] = [
  {
    name: 'the first segment of a request waits for the others',
    from: 'client',
    hex: '810a 0015 0104 0c450a00040f 0c00400001 1955 3e 44',
    role: 'part',
  },
  {
    name: 'a request in segments is judged with the last of them',
    from: 'client',
    after: [{ from: 'client', hex: '810a 0015 0104 0c450a00040f 0c00400001 1955 3e 44' }],
    hex: '810a 0013 0104 08450a01040f 42480000 3f 4908',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: {
          instance: 1,
          priority: 8,
          'object-type': 'analog-output',
          property: 'present-value',
          values: 50,
        },
      },
    ],
    refusal: '810a000d0100500a0f9105911d',
  },
  {
    name: 'a segment that was not preceded by the others is malformed',
    from: 'client',
    hex: '810a 0013 0104 08450a01040f 42480000 3f 4908',
    role: 'part',
    fault: 'malformed',
  },
  {
    name: 'a segment that says something else than under its number before is malformed',
    from: 'client',
    after: [{ from: 'client', hex: '810a 0015 0104 0c450a00040f 0c00400001 1955 3e 44' }],
    hex: '810a 0015 0104 0c450a00040f 0c00400001 1955 3e 55',
    role: 'part',
    fault: 'malformed',
  },
  {
    name: 'a write with bytes left over is malformed',
    from: 'client',
    hex: '810a 0017 0104 0005010f 0c01000001 1955 3e 00 3f 4908 00',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: { instance: 1, priority: 8, 'object-type': 'binary-output', property: 'present-value' },
      },
    ],
    fault: 'malformed',
  },
  {
    name: 'a value that is not closed is malformed',
    from: 'client',
    hex: '810a 0013 0104 0005010f 0c01000001 1955 3e 00',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: { instance: 1, 'object-type': 'binary-output', property: 'present-value' },
      },
    ],
    fault: 'malformed',
  },
  {
    name: 'values nested beyond what is looked at are a fault',
    from: 'client',
    hex: '810a 0033 0104 0005010f 0c01000001 1955 3e 0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f 3f',
    role: 'request',
    commands: [
      {
        op: 'write-property',
        fields: { instance: 1, 'object-type': 'binary-output', property: 'present-value' },
      },
    ],
    fault: 'too-deep',
  },
  {
    name: 'a source without an address is malformed',
    from: 'client',
    hex: '810a 000b 0108 0005 00 1008',
    role: 'one-way',
    fault: 'malformed',
  },
]

export const bacnetGolden: readonly Golden[] = [...confirmedGolden, ...unconfirmedGolden, ...brokenGolden]
