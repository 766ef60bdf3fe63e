import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conversationOf, evidence } from '#discover/plant.ts'
import type { Conversation } from '#discover/model.ts'
import { doubtsOf } from './doubts.ts'

const whole = conversationOf()
const there = conversationOf({ packets: [7200, 0] })

const rows: readonly (readonly [name: string, conversations: readonly Conversation[], doubts: number])[] = [
  ['nothing', [], 0],
  ['conversations with both directions', [whole, whole], 0],
  ['one with its requests alone', [there], 1],
  ['one with its answers alone', [conversationOf({ packets: [0, 3600] })], 1],
  ['openings of a device that is switched off', [conversationOf({ packets: [12, 0] })], 0],
  ['datagrams, which nobody has to answer', [conversationOf({ packets: [7200, 0], proto: 17, transport: 'udp' })], 0],
  ['what an edge denied', [conversationOf({ packets: [7200, 0], evidence: { ...evidence, packet: 0 } })], 0],
  ['one of ten', [...Array.from({ length: 9 }, () => whole), there], 1],
  ['one of twenty', [...Array.from({ length: 19 }, () => whole), there], 0],
]

describe('doubts about a recording', () => {
  for (const [name, conversations, doubts] of rows)
    test(`${name}: ${doubts}`, () => assert.equal(doubtsOf({ conversations }).length, doubts))

  test('say how many, and name one', () => {
    assert.match(
      doubtsOf({ conversations: [whole, there] })[0] ?? '',
      /^Of 1 of 2 TCP connections only one direction was recorded, such as 198\.18\.2\.70 to 198\.18\.1\.10 port 502\./,
    )
  })
})
