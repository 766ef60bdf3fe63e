import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { arp, ethernet, ipv4, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { decoyRecord, isDecoyRecord, type DecoyRecord } from './records.ts'

const mac = '02:00:00:00:00:66'
const asked = (operation: 1 | 2, senderIp: string, targetIp: string): Uint8Array =>
  ethernet({
    dst: 'ff:ff:ff:ff:ff:ff',
    src: mac,
    etherType: etherTypes.arp,
    payload: arp({ operation, senderMac: mac, senderIp, targetMac: '00:00:00:00:00:00', targetIp }),
  })
const datagram = (src: string, dst: string, payload = new Uint8Array(4)): Uint8Array => {
  const ends = { src, dst }
  const packet = ipv4({ ...ends, proto: ipProtocols.udp, payload: udp(ends, { sport: 68, dport: 67, payload }) })
  return ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src: mac, etherType: etherTypes.ipv4, payload: packet })
}
const lease = new Uint8Array(300)
lease.set([1, 1, 6])
lease.set([0x63, 0x82, 0x53, 0x63, 53, 1, 3, 50, 4, 198, 18, 1, 56, 255], 236)
const own = '198.18.1.40'

describe('a record of the kernel about decoys', () => {
  const rows: readonly [name: string, prefix: string, frame: Uint8Array, record: Partial<DecoyRecord> | undefined][] = [
    [
      'is a claim by a probe, of the address that is asked for',
      'decoy-claim|arp',
      asked(1, '0.0.0.0', own),
      { is: 'claim', address: own },
    ],
    ['is a claim by an announcement', 'decoy-claim|arp', asked(1, own, own), { is: 'claim', address: own }],
    ['is a claim by an answer', 'decoy-claim|arp', asked(2, own, '198.18.1.1'), { is: 'claim', address: own }],
    ['is a claim by traffic', 'decoy-claim|ip', datagram(own, '198.18.1.10'), { is: 'claim', address: own }],
    [
      'is a claim by DHCP',
      'decoy-dhcp|edge',
      datagram('0.0.0.0', '255.255.255.255', lease),
      { is: 'claim', address: '198.18.1.56' },
    ],
    ['is nothing for other DHCP', 'decoy-dhcp|edge', datagram('0.0.0.0', '255.255.255.255'), undefined],
    [
      'is an escape',
      'decoy-escape|edge',
      datagram(own, '198.18.1.10'),
      { is: 'escape', what: 'IP protocol 17 from 198.18.1.40 to 198.18.1.10 port 67' },
    ],
    [
      'is an escape by ARP',
      'decoy-escape|edge',
      asked(1, own, '198.18.1.10'),
      { is: 'escape', what: 'ARP for 198.18.1.10 from 198.18.1.40' },
    ],
    [
      'is about a dark address',
      'dark-arp|edge',
      asked(1, '198.18.1.99', '198.18.1.200'),
      { is: 'dark', source: '198.18.1.99', target: '198.18.1.200' },
    ],
    [
      'is about a dark address whoever asks',
      'dark-arp|edge',
      asked(1, '0.0.0.0', '198.18.1.200'),
      { is: 'dark', source: undefined, target: '198.18.1.200' },
    ],
  ]
  for (const [name, prefix, frame, record] of rows)
    it(name, () => {
      assert.ok(isDecoyRecord(prefix))
      const said = decoyRecord(prefix, frame)
      if (record === undefined) assert.equal(said, undefined)
      else {
        const { how: _, ...rest } = { how: '', ...said }
        assert.deepEqual(rest, { ...record, mac })
      }
    })

  it('is told from those about anything else', () => {
    for (const prefix of ['denied|cell-1', 'decoy', 'decoy-claims|arp', '']) assert.equal(isDecoyRecord(prefix), false)
  })

  it('is read whatever bytes it has', () => {
    let seed = 5
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 10_000; round++) {
      const [, prefix, frame] = rows[random(rows.length)] ?? rows[0]!
      const bytes = frame.slice(0, random(frame.length + 1))
      for (let times = random(6); times > 0 && bytes.length > 0; times--) bytes[random(bytes.length)] = random(256)
      decoyRecord(prefix, bytes)
    }
  })
})
