/** The link and the transport: services, parts and damaged frames. */
import type { Golden } from '../golden.ts'

export const frames: readonly Golden[] = [
  {
    name: 'the link is reset',
    from: 'client',
    hex: '056405c00a000100b1ac',
    role: 'request',
    commands: [
      {
        op: 'reset-link-states',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
    refusal: '0564050f01000a007561',
  },
  {
    name: 'the outstation asks for the status of the link',
    from: 'server',
    hex: '0564054901000a00db9b',
    role: 'one-way',
    commands: [
      {
        op: 'request-link-status',
        fields: {
          source: 10,
          destination: 1,
        },
      },
    ],
  },
  {
    name: 'the status of the link is told',
    from: 'server',
    after: [
      {
        from: 'client',
        hex: '056405c90a000100feda',
      },
    ],
    hex: '0564050b01000a006ded',
    role: 'response',
    commands: [],
  },
  {
    name: 'a received frame is acknowledged',
    from: 'client',
    hex: '056405800a0001000b9c',
    role: 'one-way',
    commands: [],
    refusal: 0,
  },
  {
    name: 'a link function that is not assigned',
    from: 'client',
    hex: '056405c50a000100af03',
    role: 'request',
    commands: [
      {
        op: 'unlisted',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
  },
  {
    name: 'a request in two frames: the first is a part',
    from: 'client',
    hex: '05640fc40a000100c29c 41c10529022802000100ec9c',
    role: 'part',
    commands: [],
  },
  {
    name: 'a request in two frames: the second completes it',
    from: 'client',
    after: [
      {
        from: 'client',
        hex: '05640fc40a000100c29c 41c10529022802000100ec9c',
      },
    ],
    hex: '05640ec40a0001002529 8200010002000002008606',
    role: 'request',
    commands: [
      {
        op: 'direct-operate',
        fields: {
          source: 1,
          destination: 10,
          objects: 'g41v2',
          points: [1, 2],
          values: [256, 512],
        },
      },
    ],
    refusal: '05640a4401000a006e25 c1c18100012c3f',
  },
  {
    name: 'a part of nothing that was begun',
    from: 'client',
    hex: '05640ec40a0001002529 8200010002000002008606',
    role: 'part',
    commands: [],
    fault: 'malformed',
    refusal: 0,
  },
  {
    name: 'a frame whose header check is wrong',
    from: 'client',
    hex: '056408c40b000100fc42 c0c00d9c86',
    role: 'one-way',
    commands: [],
    fault: 'malformed',
    refusal: 0,
  },
  {
    name: 'a frame whose data check is wrong',
    from: 'client',
    hex: '056408c40a000100fc42 c0c00c9c86',
    role: 'one-way',
    commands: [],
    fault: 'malformed',
    refusal: 0,
  },
  {
    name: 'a frame of the other direction',
    from: 'client',
    hex: '056408440a0001008823 c0c00d9c86',
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
]
