import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { after, before, beforeEach, suite, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { Fault } from '#core/errors.ts'
import { Nft } from '#linux/nftables.ts'
import { openNflog, type NflogOptions, type NflogRecord } from '#linux/nflog.ts'
import { bytes, createWire, datagram, mac, type Wire } from './linux-wire.ts'

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')
const bridgeLog = (rule = 'log prefix "l2 " group 1') =>
  `add table bridge t\nadd chain bridge t c { type filter hook forward priority 0 ; }\nadd rule bridge t c ${rule}`
const inetLog = (rule: string) =>
  `add table inet t\nadd chain inet t c { type filter hook forward priority 0 ; }\nadd rule inet t c ${rule}`

interface Heard {
  readonly records: NflogRecord[]
  readonly losses: number[]
  /** Waits until `count` records are there, at most two seconds. */
  wait(count: number): Promise<void>
}

const hear = (t: TestContext, options: Partial<NflogOptions> = {}): Heard => {
  const records: NflogRecord[] = []
  const losses: number[] = []
  const log = openNflog({
    group: 1,
    onRecord: (record) => records.push(record),
    onOverflow: (lost) => losses.push(lost),
    ...options,
  })
  t.after(() => log.close())
  const wait = async (count: number) => {
    for (let i = 0; i < 400 && records.length < count; i++) await setTimeout(5)
  }
  return { records, losses, wait }
}

const openDeaf = () => openNflog({ group: 1, onRecord: () => undefined, onOverflow: () => undefined })

suite('NFLOG', () => {
  let wire: Wire
  const nft = Nft.open()
  before(async () => {
    wire = await createWire({ filter: true })
  })
  beforeEach(() => {
    nft.run('flush ruleset')
    wire.right.drain()
  })
  after(async () => {
    nft.close()
    await wire.remove()
  })

  for (const [name, tag, vlan] of [
    ['an untagged frame', '', undefined],
    ['a frame in VLAN 20 with priority 3', '8100 6014', { tpid: 0x8100, tci: 0x6014, id: 20, priority: 3 }],
    ['a priority-tagged frame', '8100 c000', { tpid: 0x8100, tci: 0xc000, id: 0, priority: 6 }],
    ['an 802.1ad frame', '88a8 0064', { tpid: 0x88a8, tci: 100, id: 100, priority: 0 }],
  ] as const)
    test(`a rule in the bridge family reports ${name} whole, with its ports and its tag`, async (t) => {
      const heard = hear(t)
      nft.run(bridgeLog('mark set 0x77 log prefix "l2 " group 1'))
      const frame = bytes(mac.right, mac.left, tag, '8892', 60)
      const sent = BigInt(Date.now()) * 1_000_000n
      wire.left.send(frame)
      await heard.wait(1)
      const [record] = heard.records
      assert.ok(record !== undefined)
      assert.equal(hex(record.hwHeader) + hex(record.payload), hex(frame))
      assert.equal(record.payload.length, 60)
      assert.deepEqual(record.vlan, vlan)
      assert.deepEqual(
        [record.prefix, record.family, record.hook, record.hwProtocol, record.mark],
        ['l2 ', 7, 2, 0x8892, 0x77],
      )
      assert.deepEqual(
        [record.inDevice?.name, record.outDevice?.name, record.physIn?.name, record.physOut?.name],
        ['wire0', 'wire0', 'port-l', 'port-r'],
      )
      assert.ok(record.timestampNs !== undefined)
      const difference = record.timestampNs - sent
      assert.ok(difference > -1_000_000_000n && difference < 1_000_000_000n, `${difference} ns`)
    })

  for (const [name, tag] of [
    ['an untagged datagram', ''],
    ['a tagged datagram', '8100 0014'],
  ] as const)
    test(`a rule in the inet family reports ${name} that crosses the bridge, from its IP header`, async (t) => {
      const heard = hear(t)
      nft.run(inetLog('udp dport 47808 log prefix "ip " group 1 drop'))
      const frame = datagram({ tag })
      wire.left.send(frame)
      await heard.wait(1)
      const [record] = heard.records
      assert.ok(record !== undefined)
      assert.deepEqual([record.prefix, record.family, record.hwProtocol], ['ip ', 2, 0x0800])
      assert.equal(hex(record.payload), hex(frame.subarray(tag === '' ? 14 : 18)))
      assert.deepEqual([record.physIn?.name, record.physOut?.name], ['port-l', 'port-r'])
      assert.equal(hex(record.hwHeader.subarray(0, 12)), hex(frame.subarray(0, 12)))
      assert.equal(await wire.right.wait(20), false)
    })

  test('no more of a packet is copied than was asked for', async (t) => {
    const heard = hear(t, { copyBytes: 40 })
    nft.run(bridgeLog())
    wire.left.send(bytes(mac.right, mac.left, '88b5', 9000))
    await heard.wait(1)
    assert.equal(heard.records[0]?.payload.length, 40)
  })

  test('a group reports its own rules only', async (t) => {
    const one = hear(t)
    const two = hear(t, { group: 2 })
    nft.run(bridgeLog('ether type 0x88b5 log prefix "one" group 1'))
    nft.run('add rule bridge t c ether type 0x88b6 log prefix "two" group 2')
    wire.left.send(bytes(mac.right, mac.left, '88b6', 46))
    wire.left.send(bytes(mac.right, mac.left, '88b5', 46))
    await Promise.all([one.wait(1), two.wait(1)])
    await setTimeout(20)
    assert.deepEqual([one.records.map((r) => r.prefix), two.records.map((r) => r.prefix)], [['one'], ['two']])
  })

  test('two listeners cannot have one group, and the second is told so', (t) => {
    hear(t)
    assert.throws(
      () => openDeaf(),
      (error) => error instanceof Fault && error.code === 'edge-running' && /group 1/.test(error.message),
    )
  })

  test('a closed group can be opened again at once, a hundred times, without a descriptor left', async () => {
    const descriptors = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 100; i++) openDeaf().close()
    assert.equal(readdirSync('/proc/self/fd').length, descriptors)
  })

  test('20,000 records a second arrive, every one, in order', async (t) => {
    const heard = hear(t, { copyBytes: 64 })
    nft.run(bridgeLog())
    const frame = bytes(mac.right, mac.left, '88b5', 60)
    const view = new DataView(frame.buffer)
    const start = performance.now()
    let sent = 0
    while (sent < 40_000) {
      const due = Math.min(40_000, Math.floor((performance.now() - start) * 20))
      for (; sent < due; sent++) {
        view.setUint32(14, sent)
        wire.left.send(frame)
      }
      await setTimeout(1)
      wire.right.drain()
    }
    await heard.wait(sent)
    assert.deepEqual(heard.losses, [])
    assert.equal(heard.records.length, sent)
    assert.ok(heard.records.every((record, i) => new DataView(record.payload.buffer).getUint32(0) === i))
  })

  test('what is lost because this process was late is counted exactly', async (t) => {
    // Small, and not forced beyond the limit: some of 20,000 records must be lost.
    const heard = hear(t, { copyBytes: 64, receiveBuffer: 1 << 16 })
    nft.run(bridgeLog())
    const frame = bytes(mac.right, mac.left, '88b5', 60)
    for (let i = 0; i < 20_000; i++) {
      wire.left.send(frame)
      if (i % 64 === 0) wire.right.drain()
    }
    await setTimeout(100)
    wire.left.send(frame)
    await setTimeout(100)
    const lost = heard.losses.reduce((sum, n) => sum + n, 0)
    assert.ok(heard.losses.includes(0), 'told at once')
    assert.ok(lost > 0)
    assert.equal(heard.records.length + lost, 20_001)
  })

  test('an idle listener costs no processor time and no thread', async (t) => {
    const threads = readdirSync('/proc/self/task').length
    hear(t)
    const start = process.cpuUsage()
    await setTimeout(1000)
    const used = process.cpuUsage(start)
    assert.ok(used.user + used.system < 20_000, `${used.user + used.system} µs in one second`)
    assert.equal(readdirSync('/proc/self/task').length, threads)
  })

  test('a process that closes its listener ends by itself, rootless in a user namespace too', async () => {
    const script = `
      import { openNflog } from '#linux/nflog.ts'
      import { Nft } from '#linux/nftables.ts'
      import { runIp } from '#linux/ip.ts'
      import { openPacketSocket } from '#linux/packet-socket.ts'
      await runIp(['link', 'set', 'lo', 'up'])
      Nft.open().run('add table inet t\\nadd chain inet t c { type filter hook input priority 0 ; }\\nadd rule inet t c log prefix "rootless" group 5')
      const log = openNflog({
        group: 5,
        onRecord: (record) => { console.log(record.prefix, record.inDevice.name); log.close() },
        onOverflow: () => undefined,
      })
      const { createSocket } = await import('node:dgram')
      const socket = createSocket('udp4')
      socket.send('x', 9, '127.0.0.1', () => socket.close())`
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['-Urn', process.execPath, '--input-type=module-typescript', '-e', script],
      { timeout: 10_000 },
    )
    assert.match(stdout, /^rootless lo\n/)
  })
})
