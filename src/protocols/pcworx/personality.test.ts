import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sampleIdentity, talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { phoenixIlc } from '../personas/phoenix-ilc.ts'
import { bytesOf, hexOf } from '../reading.ts'
import { pcworx } from './personality.ts'

const open = () => talkWith(pcworx, phoenixIlc, 'tcp')
const session = (0x21 + (sampleIdentity.seed % 0x5e)).toString(16)
const connect = bytesOf('0101001a0000000078800003000c494245544830314e305f4d00')
const call = bytesOf(`010500160001000078800 0${session}0000000600040295 0000`)
const fetched = bytesOf(`0106000e000200000000 00${session}0400`)
/** Fields of the record as captures of this model show them. */
const record =
  `810600b0000200010000000000020000 00${session}0000 0006 0098 8295 004a 0000` +
  '494c43203139312045544820325458000000000000000000000000000000000000000000342e343200000000000000000031312f32362f31350000000031383a34363a35350030340000000020000000000000000020000000000000000000000000000000200000000000000000200000000000000000303100323730303937360042300000002000000000200000000000'

describe('PCWorx', () => {
  test('a session is opened, and identifies the controller as a real one does', () => {
    const talk = open()
    assert.equal(hexOf(talk.take(connect).send[0]), `8101001400000001000000000002000000${session}0000`)
    assert.equal(hexOf(talk.take(call).send[0]), `810500120001000100000000000200000 0${session}`.replace(' ', ''))
    assert.equal(hexOf(talk.take(fetched).send[0]), record.replaceAll(' ', ''))
  })
  const rows: readonly (readonly [string, Uint8Array])[] = [
    ['another session ends the connection', bytesOf('0106000e0002000000000001 0400')],
    ['a service that is not known ends the connection', bytesOf(`0109000e000200000000 00${session}0400`)],
  ]
  for (const [name, request] of rows)
    test(name, () => {
      const talk = open()
      talk.take(connect)
      const { send, close } = talk.take(request)
      assert.deepEqual({ send, close }, { send: [], close: true })
    })
  test('nothing is told without a session', () => assert.equal(open().take(fetched).close, true))
  testCuts(open, [connect, call, fetched, fetched])
  testHostile(open, spoiltRequests([connect, call, fetched], [connect, call]), { most: 65_536 })
})
