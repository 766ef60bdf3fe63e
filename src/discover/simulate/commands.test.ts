import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addresses, opening, poll, policyOf, read, segment, simulated, write } from './small-plant.ts'

const { plc, other } = addresses

describe('what a policy makes of commands', () => {
  const frames = [...poll, segment({ from: 'hmi', to: 'plc', data: write, seq: 1012, ack: 5013 })]

  test('each is judged by the conduit that permits its conversation', () => {
    const { commands, summary, conversations } = simulated(frames)
    assert.deepEqual(
      commands.map(({ op, object, count, verdict, deniedValues, outcome, essential, conversation }) => [
        op,
        object,
        count,
        verdict,
        deniedValues,
        outcome.reason,
        outcome.conduit,
        essential,
        conversation,
      ]),
      [
        [
          'write-single-register',
          'unit 1 registers 100',
          1,
          'denied',
          [900, 900],
          'constraint-broken',
          'operate',
          true,
          's1',
        ],
        [
          'read-holding-registers',
          'unit 1 registers 100-101 quantity 2',
          1,
          'permitted',
          undefined,
          undefined,
          'operate',
          false,
          's1',
        ],
      ],
    )
    assert.equal(commands[0]?.outcome.because, 'values 900 is not within 0-500')
    assert.equal(commands[0]?.outcome.evidence?.packet, 6)
    assert.equal(conversations[0]?.outcome.verdict, 'permitted')
    assert.deepEqual([summary.commands, summary.commandsDenied, summary.essential], [2, 1, 1])
  })

  test('those of a whole service are permitted, those of a denied conversation denied with it', () => {
    const open = [
      ...opening('historian', 'other'),
      segment({ from: 'historian', to: 'other', data: read, seq: 1000, ack: 5000 }),
    ]
    const closed = [
      ...opening('historian', 'plc'),
      segment({ from: 'historian', to: 'plc', data: write, seq: 1000, ack: 5000 }),
    ]
    const { commands } = simulated([...open, ...closed])
    assert.deepEqual(
      commands.map(({ server, op, verdict, outcome }) => [server, op, verdict, outcome.reason]),
      [
        [plc, 'write-single-register', 'denied', 'conversation-denied'],
        [other, 'read-holding-registers', 'permitted', undefined],
      ],
    )
  })
})

describe('a policy against the running one', () => {
  const frames = [
    ...poll,
    segment({ from: 'hmi', to: 'plc', data: write, seq: 1012, ack: 5013 }),
    ...opening('historian', 'other'),
    ...opening('historian', 'plc', 80),
  ]
  const running = policyOf({
    conduits: [
      { id: 'all', from: 'hmi', to: 'plc', service: 'modbus', essential: true },
      { id: 'web', from: 'historian', to: 'plc', service: 'tcp/80' },
    ],
  })

  test('says what is newly denied and newly permitted, conversations and commands', () => {
    const { conversations, commands, summary } = simulated(frames, policyOf(), { against: running })
    assert.deepEqual(
      conversations.map(({ service, server, newlyDenied, newlyPermitted, outcome, running: before }) => [
        service,
        server,
        newlyDenied,
        newlyPermitted,
        outcome.verdict,
        before?.verdict,
      ]),
      [
        ['tcp/80', plc, 3, 0, 'denied', 'permitted'],
        ['tcp/502', other, 0, 3, 'permitted', 'denied'],
        ['tcp/502', plc, 0, 0, 'permitted', 'permitted'],
      ],
    )
    assert.deepEqual(
      commands.map(({ op, newlyDenied, newlyPermitted }) => [op, newlyDenied, newlyPermitted]),
      [
        ['write-single-register', 1, 0],
        ['read-holding-registers', 0, 0],
      ],
    )
    assert.deepEqual(
      [summary.newlyDenied, summary.newlyPermitted, summary.commandsNewlyDenied, summary.essential],
      [1, 1, 1, 1],
    )
  })

  test('without the essential conduit its conversation is newly denied, and essential', () => {
    const { conversations } = simulated(poll, policyOf({ conduits: [] }), { against: running })
    assert.deepEqual(
      conversations.map(({ newlyDenied, essential }) => [newlyDenied, essential]),
      [[5, true]],
    )
  })
})
