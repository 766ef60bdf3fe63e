/** The bridge of a running edge: whoever changes it, and a port that goes away and comes back, stop no line for longer than a look. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSysctl } from '#linux/sysctl.ts'
import { links } from '#linux/rtnetlink.ts'
import { ethernet } from '#packet/build.ts'
import { ack, Cell, hosts, otherFrames, policyText, tcpFrame, until } from './orders/cell.ts'
import { ipBatch } from './world/ip-batch.ts'
import { fieldSwitch, wire } from './world/layout.ts'

const limitMs = 60_000
const name = 'bridge'
let cell: Cell
const ip = (words: string) => ipBatch([words.split(' ')], cell.world.edge)
const operating = () => cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502))
const answering = () =>
  cell.passes('plc', 'hmi', tcpFrame({ from: 'plc', to: 'hmi' }, 40_000, { sport: 502, flags: ack }))
const neighbours = () => cell.passes('hmi', 'plc', otherFrames('hmi')['lldp'] ?? new Uint8Array())
const countOf = async (kind: 'tamper' | 'reapply') => (await cell.daemon.events({ kind: [kind] })).length
const alarmed = async (says: RegExp) => (await cell.status()).alarms.some((text) => says.test(text))
const inBridge = (device: string) => {
  const all = links({ namespace: cell.world.edge })
  const bridge = all.find((link) => link.name === cell.world.bridge)
  return bridge !== undefined && all.find((link) => link.name === device)?.master === bridge.index
}

/** One look of the watch, with some room. */
const looked = () => sleep(2700)

before(async () => {
  cell = await Cell.start(name, policyText())
})
after(() => cell.close())

describe('somebody else', () => {
  // Each daemon puts right once, and has to have seen its bridge before it can tell a change.
  beforeEach(async () => {
    await cell.restart()
    await looked()
  })

  const rows = [
    {
      does: 'switches spanning tree on',
      commands: ['link set br0 type bridge stp_state 1'],
      says: /br0 was changed: spanning tree is on/,
    },
    {
      does: 'lets the bridge keep link-local groups',
      commands: ['link set br0 type bridge group_fwd_mask 0'],
      says: /br0 was changed: link-local groups such as LLDP are not forwarded/,
    },
    {
      does: 'isolates the ports from each other',
      commands: ['link set plant type bridge_slave isolated on', 'link set cell type bridge_slave isolated on'],
      says: /was changed: it is isolated from other ports/,
    },
    {
      does: 'keeps what was not learned from a port',
      commands: ['link set cell type bridge_slave flood off mcast_flood off'],
      says: /cell was changed: frames to addresses that were not learned are not sent there/,
    },
    { does: 'takes a port out', commands: ['link set cell nomaster'], says: /cell was taken out of br0/ },
    { does: 'sets the bridge down', commands: ['link set br0 down'], says: /the bridge br0 was set down/ },
    { does: 'deletes the bridge', commands: ['link delete br0'], says: /the bridge br0 is gone/ },
  ] as const
  for (const { does, commands, says } of rows)
    it(`${does}: told, and put right`, async () => {
      const earlier = { tamper: await countOf('tamper'), reapply: await countOf('reapply') }
      for (const command of commands) await ip(command)
      await until('put right', limitMs, async () => (await countOf('reapply')) > earlier.reapply)
      const told = await cell.daemon.events({ kind: ['tamper'] })
      assert.equal(told.length, earlier.tamper + 1)
      assert.match(told.at(-1)?.text ?? '', says)
      assert.deepEqual([await operating(), await neighbours()], [true, true])
      assert.ok(await alarmed(says))
      assert.equal((await cell.status()).state, 'enforcing')
    })

  it('lets the bridge forward as a host does: told, and put right', async () => {
    const earlier = await countOf('reapply')
    await cell.world.exec('edge', 'sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
    await until('put right', limitMs, async () => (await countOf('reapply')) > earlier)
    assert.equal(readSysctl(['net', 'ipv4', 'conf', 'br0', 'forwarding'], { namespace: cell.world.edge }), '0')
  })

  it('takes a port out again and again: the second time it is left to a person, with alarms', async () => {
    const earlier = await countOf('reapply')
    await ip('link set cell nomaster')
    await until('put right', limitMs, async () => (await countOf('reapply')) > earlier)
    await ip('link set cell nomaster')
    await until('an alarm', limitMs, () =>
      alarmed(/cell was taken out of br0\) again; it was not re-applied a second time/),
    )
    assert.ok(await alarmed(/^Port cell \(cell\) is not part of the bridge br0: nothing passes there/))
    assert.ok(!inBridge('cell'))
  })

  it('drops bridged frames by rules of its own: an alarm says which, until they are gone', async () => {
    await cell.world.exec('edge', 'nft', [
      'add table bridge theirs; add chain bridge theirs through { type filter hook forward priority 0 ; policy drop ; }',
    ])
    await until('an alarm', limitMs, () => alarmed(/^Another firewall drops .*\(nft chain bridge theirs through\)/))
    assert.equal(await operating(), false)
    await cell.world.exec('edge', 'nft', ['delete table bridge theirs'])
    await until('no alarm', limitMs, async () => !(await alarmed(/Another firewall/)))
    assert.equal(await operating(), true)
  })

  it('puts a port of its own in: an alarm says what it is, and nothing is taken out', async () => {
    await ip('link add eth9 type veth peer eth9-far')
    await ip('link set eth9 master br0')
    await until('an alarm', limitMs, () => alarmed(/^"eth9" is in the bridge br0 and is no port of the policy/))
    assert.ok(inBridge('eth9'))
    await cell.restart()
    assert.ok(await alarmed(/^"eth9" is in the bridge br0/), 'also to the next daemon')
    await ip('link delete eth9')
    await until('no alarm', limitMs, async () => !(await alarmed(/eth9/)))
  })
})

describe('a port whose MTU is another one than that of the other', () => {
  it('loses long packets: an alarm says which port, until both are the same', async () => {
    const long = ethernet({ dst: hosts.plc.mac, src: hosts.hmi.mac, etherType: 0x88cc, payload: new Uint8Array(1400) })
    assert.equal(await cell.passes('hmi', 'plc', long), true)
    await ip('link set cell mtu 1300')
    await until('an alarm', limitMs, () =>
      alarmed(
        /^Port plant \(plant\) takes packets of up to 1500 bytes, port cell \(cell\) takes packets of up to 1300 bytes/,
      ),
    )
    assert.deepEqual([await cell.passes('hmi', 'plc', long), await operating()], [false, true])
    assert.equal(
      (await cell.daemon.events({ kind: ['degraded'] })).filter(({ text }) => text?.includes('MTU')).length,
      1,
    )
    await ip('link set cell mtu 1500')
    await until('no alarm', limitMs, async () => !(await alarmed(/MTU/)))
    assert.equal(await cell.passes('hmi', 'plc', long), true)
  })
})

describe('an interface', () => {
  const field = `${name}-at-cell`
  const pull = () => ip('link delete cell')
  const plug = async (as = 'cell') => {
    await ip(`link add ${as} type veth peer ${wire} netns ${field}`)
    await ipBatch([['link', 'set', wire, 'master', fieldSwitch, 'up']], field)
  }

  const countOfBack = async () =>
    (await cell.daemon.events({ kind: ['reapply'] })).filter(({ text }) =>
      text?.startsWith('Port cell (cell) was gone and is back'),
    ).length

  it('that goes away and comes back, as a USB adapter does, is put back every time, and that is no tampering', async () => {
    const earlier = { tamper: await countOf('tamper'), back: await countOfBack() }
    for (let times = 1; times <= 3; times++) {
      await pull()
      await until('an alarm', limitMs, () => alarmed(/^Port cell: there is no interface cell on this machine any more/))
      await plug()
      await until('the line runs', limitMs, operating)
      await until('no alarm is left', limitMs, async () => !(await alarmed(/cell/)))
    }
    assert.deepEqual([await countOf('tamper'), await countOfBack()], [earlier.tamper, earlier.back + 3])
    const { code, stdout } = await cell.world.exec('edge', 'sysctl', ['-n', 'net.ipv6.conf.cell.disable_ipv6'])
    assert.deepEqual([code, stdout.trim()], [0, '1'], 'as invisible as before')
  })

  it('that comes back with an address of its own is not taken, and the alarm says why', async () => {
    await pull()
    await plug('eth8')
    for (const command of ['address add 198.18.9.1/24 dev eth8', 'link set eth8 name cell']) await ip(command)
    await until('an alarm', limitMs, () =>
      alarmed(/^The bridge br0 cannot be set right: "cell" has the address 198\.18\.9\.1/),
    )
    assert.ok(!inBridge('cell'))
    await cell.world.exec('edge', 'ip', ['address', 'flush', 'dev', 'cell'])
    await until('the line runs', limitMs, operating)
    await until('no alarm is left', limitMs, async () => !(await alarmed(/cell/)))
  })

  it('that is renamed is missed, and put back when it has its name again', async () => {
    for (const command of ['link set cell down', 'link set cell name eth7', 'link set eth7 up']) await ip(command)
    await until('an alarm', limitMs, () => alarmed(/^Port cell: there is no interface cell on this machine any more/))
    assert.equal(await answering(), false)
    for (const command of ['link set eth7 down', 'link set eth7 name cell', 'link set cell up']) await ip(command)
    await until('the line runs', limitMs, answering)
    await until('no alarm is left', limitMs, async () => !(await alarmed(/cell/)))
  })
})
