/** Requests that contradict themselves, or that nobody expects. */
import type { Golden } from '../golden.ts'

export const faults: readonly Golden[] = [
  {
    name: 'a restart that names objects contradicts itself',
    from: 'client',
    hex: '05640bc40a000100acd1 c0c00d3c020650c9',
    role: 'request',
    commands: [
      {
        op: 'cold-restart',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
    fault: 'malformed',
  },
  {
    name: 'every outstation is restarted: nobody answers',
    from: 'client',
    hex: '056408c4ffff0100cf9c c0c00d9c86',
    role: 'one-way',
    commands: [
      {
        op: 'cold-restart',
        fields: {
          source: 1,
          destination: 65535,
        },
      },
    ],
    refusal: 0,
  },
  {
    name: 'a function that is not assigned',
    from: 'client',
    hex: '056408c40a000100fc42 c0c070a95e',
    role: 'request',
    commands: [
      {
        op: 'unlisted',
        fields: {
          source: 1,
          destination: 10,
          function: 112,
        },
      },
    ],
    refusal: '05640a4401000a006e25 c1c0810001c4fd',
  },
  {
    name: 'a report from the end that takes reports is no report',
    from: 'client',
    hex: '05640ac40a0001004b64 c0f08200004466',
    role: 'request',
    commands: [
      {
        op: 'unlisted',
        fields: {
          source: 1,
          destination: 10,
          function: 130,
        },
      },
    ],
  },
  {
    name: 'an object of unknown size hides what is behind it',
    from: 'client',
    hex: '056410c40a000100e1a0 c0c002230917010001020dec9e',
    role: 'request',
    commands: [
      {
        op: 'write',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g35v9',
        },
      },
    ],
    fault: 'malformed',
  },
  {
    name: 'octets left behind the last object',
    from: 'client',
    hex: '056413c40a000100b133 c0c00329022801000100000100ff443d',
    role: 'request',
    fault: 'malformed',
  },
  {
    name: 'more objects announced than there are',
    from: 'client',
    hex: '056412c40a0001005686 c0c005290228020001000001003a23',
    role: 'request',
    fault: 'malformed',
  },
]
