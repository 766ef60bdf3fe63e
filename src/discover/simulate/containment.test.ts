import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tcpFlags } from '#packet/numbers.ts'
import { addresses, claim, macs, policyOf, segment, simulated } from './small-plant.ts'

const { syn, ack } = tcpFlags
const { plc, stranger } = addresses

describe('containment', () => {
  const denied = segment({ from: 'stranger', to: 'plc', dport: 22, flags: syn })
  const again = segment({ from: 'stranger', to: 'plc', dport: 80, flags: ack })

  test('after its first packet everything of a stranger is denied because it is contained', () => {
    const { contained, conversations } = simulated([denied, again, again, claim(macs.stranger, stranger)])
    assert.deepEqual(
      contained.map(({ ip, mac, port, kind, seconds, target, evidence, stopped }) => [
        ip,
        mac,
        port,
        kind,
        seconds,
        target,
        evidence.packet,
        stopped,
      ]),
      [[stranger, macs.stranger, 'plant', 'stranger', 3600, plc, 1, 3]],
    )
    assert.deepEqual(
      conversations
        .map(({ service, outcome }): [string, string] => [service, outcome.reason])
        .toSorted(([a], [b]) => a.localeCompare(b)),
      [
        ['arp', 'contained'],
        ['tcp/22', 'stranger-contained'],
        ['tcp/80', 'contained'],
      ],
    )
  })

  test('what it sent before is not stopped by it', () => {
    const { conversations } = simulated([claim(macs.stranger, stranger), denied])
    assert.deepEqual(
      conversations.map(({ service }) => service),
      ['tcp/22'],
    )
  })

  test('a containment ends by itself, and the next packet is judged for what it is', () => {
    const { conversations, contained } = simulated([denied, again, again], policyOf(), { every: 3000 })
    assert.deepEqual(conversations.find(({ service }) => service === 'tcp/80')?.outcome.reasons, {
      contained: 1,
      'out-of-scope': 1,
    })
    assert.equal(contained[0]?.stopped, 1)
  })

  test('known assets are not contained', () => {
    assert.deepEqual(simulated([segment({ from: 'hmi', to: 'plc', dport: 22, flags: syn })]).contained, [])
  })

  test('nobody is where zones are only enforced', () => {
    const zones = {
      office: { level: 3, networks: ['198.18.1.0/25'] },
      line: { level: 1, networks: ['198.18.2.0/25'] },
    }
    const meant = simulated([denied, again], policyOf({ zones }, 'enforced'))
    assert.deepEqual(meant.contained, [])
    assert.deepEqual(
      meant.conversations.map(({ outcome }) => outcome.reason),
      ['out-of-scope', 'out-of-scope'],
    )
    const now = simulated([denied, again], policyOf({ zones }, 'as-written'))
    assert.deepEqual(
      now.conversations.map(({ outcome }) => [outcome.verdict, outcome.reason, outcome.byMode]),
      [
        ['permitted', 'observed', 1],
        ['permitted', 'observed', 1],
      ],
    )
  })
})
