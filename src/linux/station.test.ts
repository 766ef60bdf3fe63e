import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressCommands, hubCommands, joinCommands, linkCommand } from './station-commands.ts'
import { newcomersOf } from './station-newcomers.ts'
import {
  routeWindow,
  stationArpRules,
  stationHeaderRules,
  stationRules,
  stationSysctls,
  type StationStack,
} from './station-stack.ts'

const stack: StationStack = { ttl: 30, window: 4096, timestamps: false, windowScaling: false, sack: false, mss: 1460 }

const newcomers = { burst: 18, perMinute: 120 }

describe('new sources of all stations', () => {
  for (const room of [1024, 16_384])
    for (const stations of [1, 4, 16, 64])
      it(`of ${stations} leave half of ${room} neighbours to the machine`, () => {
        const { burst, perMinute } = newcomersOf(room, stations)
        // Twice: who asks by ARP and who sends by IP are counted apart.
        const taken = 2 * stations * (burst + perMinute / 6)
        assert.ok(taken <= room / 2, `${taken}`)
      })
  it('are listened to so many at a time, those heard before in any case', () => {
    assert.match(
      stationArpRules(newcomers),
      /arp saddr ip 0\.0\.0\.0 drop\n {4}arp saddr ip @heard update @heard .* accept\n {4}limit rate over 120\/minute burst 18 packets drop\n {4}update @heard/,
    )
    assert.match(
      stationRules(stack, [], newcomers),
      /ip saddr @heard update .*\n {4}limit rate over 120\/minute burst 18/,
    )
  })
})

describe('the window that the kernel is given', () => {
  const rows: readonly [name: string, stack: Partial<StationStack>, window: number][] = [
    ['is the next whole number of segments', {}, 4380],
    ['counts the timestamps in a segment', { window: 8192, timestamps: true }, 8688],
    ['is the window itself where it is whole already', { window: 2920 }, 2920],
    ['is the window itself where it is below one segment', { window: 1024 }, 1024],
    ['takes the segment of the link where the persona names none', { window: 1461, mss: undefined }, 2920],
  ]
  for (const [name, given, window] of rows) it(name, () => assert.equal(routeWindow({ ...stack, ...given }), window))
})

describe('the network of a station', () => {
  it('begins silent: nothing is said when an address appears or an interface comes up', () => {
    const set = new Map(stationSysctls(stack).map(([name, value]) => [[name].flat().join('.'), value]))
    for (const scope of ['all', 'default']) {
      assert.equal(set.get(`net.ipv4.conf.${scope}.arp_notify`), 0)
      assert.equal(set.get(`net.ipv4.conf.${scope}.arp_ignore`), 1)
      assert.equal(set.get(`net.ipv4.conf.${scope}.forwarding`), 0)
    }
    assert.equal(set.get('net.ipv4.ip_default_ttl'), 30)
    assert.equal(set.get('net.ipv4.tcp_timestamps'), 0)
  })

  it('lets answers out and nothing else', () => {
    const rules = stationRules(stack, [161, 47808, 161], newcomers)
    assert.match(rules, /policy drop;\n {4}tcp flags & \(syn \| ack\) == syn drop\n/)
    assert.match(rules, /udp sport \{ 161, 47808 \} ip daddr != \{ 224\.0\.0\.0\/4, 255\.255\.255\.255 \} accept/)
    assert.match(rules, /icmp type \{ echo-reply, destination-unreachable \} accept/)
    assert.doesNotMatch(stationRules(stack, [], newcomers), /udp/)
  })

  it('writes the headers of a device that is no Linux, and leaves others alone', () => {
    assert.equal(stationHeaderRules(stack, 7), '')
    const rules = stationHeaderRules({ ...stack, numbersPackets: true, allowsFragments: true }, 0x12345)
    assert.match(
      rules,
      /ip id set numgen inc mod 65536 offset 9029 lshift 16\n {4}meta l4proto tcp ip frag-off set 0\n/,
    )
    assert.doesNotMatch(stationHeaderRules({ ...stack, numbersPackets: true }, 7), /frag-off/)
  })

  it('hangs on the bridge by a port that learns nothing and is not flooded', () => {
    const hub = { device: 'bh-decoy', bridge: 'br0', namespace: 'bh-decoys' }
    assert.deepEqual(hubCommands(hub, 1500), [
      'netns add bh-decoys',
      'link add bh-decoy mtu 1500 type veth peer name trunk mtu 1500 netns bh-decoys',
      'link set dev bh-decoy addrgenmode none',
    ])
    assert.match(joinCommands(hub)[1] ?? '', /learning off flood off mcast_flood off bcast_flood on/)
    assert.equal(
      linkCommand({ namespace: 'bh-decoy-0', mac: '00:1b:1b:00:00:40' }),
      'link add link trunk name eth0 address 00:1b:1b:00:00:40 netns bh-decoy-0 type macvlan mode private',
    )
  })

  it('has the window of its persona on its routes, and keeps them whichever address goes', () => {
    const routes = { network: '198.18.1.0/24', gateway: '198.18.1.1', stack }
    assert.deepEqual(addressCommands(24, { leave: ['198.18.1.40'], appear: ['198.18.1.41'] }, routes), [
      'address delete 198.18.1.40/24 dev eth0',
      'address replace 198.18.1.41/24 dev eth0 noprefixroute',
      'route replace 198.18.1.0/24 dev eth0 scope link window 4380 advmss 1460',
      'route replace default via 198.18.1.1 dev eth0 window 4380 advmss 1460',
    ])
    assert.equal(
      addressCommands(24, { leave: [], appear: ['198.18.1.41'] }, { network: '198.18.1.0/24', stack }).at(-1),
      'route replace default scope link dev eth0 window 4380 advmss 1460',
    )
    assert.deepEqual(addressCommands(24, { leave: ['198.18.1.40'], appear: [] }, routes), [
      'address delete 198.18.1.40/24 dev eth0',
    ])
  })
})
