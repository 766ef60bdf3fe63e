import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { probeCapabilities } from '#linux/capabilities.ts'
import { runIp } from '#linux/ip.ts'
import { Nft } from '#linux/nftables.ts'

const run = promisify(execFile)

suite('what the kernel can do', () => {
  test('each capability has an id of its own and says what it is needed for and what happens without it', () => {
    const { list } = probeCapabilities()
    assert.equal(new Set(list.map(({ id }) => id)).size, list.length)
    for (const row of list) {
      assert.ok(row.neededFor.length > 5, row.id)
      assert.match(row.without, /\.$/, row.id)
    }
  })

  test('what enforcement cannot do without is found on every supported kernel', () => {
    const { list } = probeCapabilities()
    const needed = [
      'net-admin',
      'net-raw',
      'nft-inet',
      'nft-bridge',
      'nft-object-maps',
      'nft-dynamic-sets',
      'nft-inet-nat',
      'nflog',
      'conntrack-netlink',
      'br-netfilter',
    ]
    assert.deepEqual(
      list.filter(({ id, found }) => needed.includes(id) && !found),
      [],
    )
  })

  test('probing leaves nothing behind', async () => {
    const nft = Nft.open()
    const before = [nft.run('list ruleset'), await runIp(['-o', 'link', 'show'])]
    probeCapabilities()
    assert.deepEqual([nft.run('list ruleset'), await runIp(['-o', 'link', 'show'])], before)
    nft.close()
  })

  // Each row really does the thing, in a namespace that ends with it, and must agree with the probe.
  for (const [id, command] of [
    [
      'queue-nft',
      [
        'nft',
        'add table inet t; add chain inet t c { type filter hook forward priority 0; }; add rule inet t c queue flags bypass to 0',
      ],
    ],
    [
      'queue-iptables',
      ['iptables-nft', '-t', 'mangle', '-A', 'FORWARD', '-j', 'NFQUEUE', '--queue-num', '0', '--queue-bypass'],
    ],
    [
      'bridge-conntrack',
      [
        'nft',
        'add table bridge t; add chain bridge t c { type filter hook forward priority 0; }; add rule bridge t c ct state established accept',
      ],
    ],
    [
      'nft-bridge-reject',
      [
        'nft',
        'add table bridge t; add chain bridge t c { type filter hook prerouting priority 0; }; add rule bridge t c ether type ip reject with icmp type port-unreachable',
      ],
    ],
    [
      'nft-inet-nat',
      [
        'nft',
        'add table inet t; add chain inet t c { type nat hook prerouting priority -100; }; add rule inet t c dnat ip to 198.18.0.1',
      ],
    ],
    [
      'macvlan-devices',
      ['sh', '-c', 'ip link add d0 type veth peer name d1 && ip link add link d0 name m0 type macvlan'],
    ],
    [
      'vlan-devices',
      ['sh', '-c', 'ip link add d0 type veth peer name d1 && ip link add link d0 name d0.5 type vlan id 5'],
    ],
    ['user-namespaces', ['unshare', '--user', 'true']],
  ] as const)
    test(`the answer about ${id} is what doing it says`, async () => {
      const does = await run('unshare', ['--net', ...command]).then(
        () => true,
        () => false,
      )
      assert.equal(probeCapabilities().list.find((row) => row.id === id)?.found, does)
    })

  test('the queue driver follows from what was found', () => {
    const found = probeCapabilities()
    const expected = found.has('queue-nft') ? 'nft' : found.has('queue-iptables') ? 'iptables-nft' : 'none'
    assert.equal(found.queue, expected)
  })

  test('without privilege nothing is found in the kernel, and each row says why', async () => {
    const script = `
      import { probeCapabilities } from '#linux/capabilities.ts'
      console.log(JSON.stringify(probeCapabilities().list.filter((row) => row.id.startsWith('nft-') || row.id === 'net-admin')))`
    const drop = ['--bounding-set=-net_admin', '--inh-caps=-net_admin']
    const { stdout } = await run('setpriv', [...drop, process.execPath, '--input-type=module-typescript', '-e', script])
    const rows: { id: string; found: boolean; detail?: string }[] = JSON.parse(stdout)
    assert.ok(rows.length > 4)
    for (const row of rows) assert.equal(row.found, false, row.id)
    for (const row of rows.filter(({ id }) => id !== 'net-admin'))
      assert.match(row.detail ?? '', /refused|permitted|CAP_NET_ADMIN is missing/, row.id)
  })
})
