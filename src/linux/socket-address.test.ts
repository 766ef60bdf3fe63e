import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { nearestName } from './missing-interface.ts'
import { addressBytes, addressText, socketAddress } from './socket-address.ts'

suite('socket addresses', () => {
  test('an IPv4 address and a port', () =>
    assert.equal(Buffer.from(socketAddress('198.18.1.10', 502)).toString('hex'), '020001f6c612010a0000000000000000'))
  test('an IPv6 address and a port', () =>
    assert.equal(
      Buffer.from(socketAddress('fd00:198:18::a', 502)).toString('hex'),
      '0a0001f600000000fd00019800180000000000000000000a00000000',
    ))
  for (const address of ['198.18.1.10', 'fd00:198:18::a', '::', '::1'])
    test(`${address} survives the way to bytes and back`, () =>
      assert.equal(addressText(addressBytes(address)), address))
  test('a name is refused', () => assert.throws(() => addressBytes('plc-fill'), Fault))
  test('bytes of another length are no address', () => assert.equal(addressText(new Uint8Array(5)), undefined))
})

suite('the nearest interface', () => {
  for (const [wanted, among, nearest] of [
    ['eth1', ['lo', 'eth0', 'br0'], 'eth0'],
    ['enp1s0', ['lo', 'enp2s0', 'wlan0'], 'enp2s0'],
    ['l0', ['lo', 'eth0'], 'eth0'],
    ['eth0', ['lo'], undefined],
    ['eth0', [], undefined],
  ] as const)
    test(`to ${wanted} among ${among.join(', ') || 'none'} is ${nearest}`, () =>
      assert.equal(nearestName(wanted, among), nearest))
})
