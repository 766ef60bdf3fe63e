/** Orders at a running edge, by the command as a person gives it: contain, permit, replace, isolate, and their undoing. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { given } from '../fixtures/given.ts'
import { bulkheadAtEdge } from './edge-process.ts'
import {
  ack,
  addressOf,
  Cell,
  hosts,
  open,
  otherFrames,
  pingFrame,
  policyText,
  soonEnough,
  tcpFrame,
  udpFrame,
  until,
  type HostName,
} from './orders/cell.ts'

const Report = z.object({ id: z.string(), expires: z.string().optional(), text: z.string() })
const Permits = z.array(
  z.object({ id: z.string(), from: z.string(), to: z.string(), service: z.string(), mac: z.string().optional() }),
)

/** A conduit for everybody, so that what a stranger loses by an order is more than what it never had. */
const forAll = `  - { id: anybody, from: any, to: drive, service: tcp/4840, reason: time, owner: line }`
const poll = (six = false) => tcpFrame({ from: 'hmi', to: 'plc', six }, 502)
const answer = (six = false) => tcpFrame({ from: 'plc', to: 'hmi', six }, 40_000, { sport: 502, flags: ack })
const ofAll = (from: HostName): Record<string, Uint8Array> => ({
  tcp: tcpFrame({ from, to: 'drive' }, 4840),
  ...otherFrames(from),
})
const everything = ['tcp', 'arp', 'profinet', 'goose', 'lldp', 'eapol']

let cell: Cell
const passes = (from: HostName, to: HostName, frame: Uint8Array) => cell.passes(from, to, frame)
const json = async <T>(shape: z.ZodType<T>, ...words: readonly string[]): Promise<T> =>
  shape.parse(JSON.parse(await cell.edge(...words, '--json')))

/** Orders past the command, which has been shown to give them. */
const by = 'test'
const contain = (ip: string, length = '1h') => cell.daemon.call('contain', { ip, for: length, reason: 'x', by })
const permits = () => cell.daemon.call('permits', {})
const release = (ip: string) => cell.daemon.call('release', { ip, reason: 'x', by })

describe('contain and release', () => {
  before(async () => {
    const assets = "  sis: { ips: [198.18.1.12], macs: ['02:00:00:00:01:12'], zone: cell, kind: sis }"
    cell = await Cell.start('contain', policyText({ assets, conduits: forAll, layer2: open }))
  })
  after(() => cell.close())

  it('stop every frame of a stranger that has been seen, and bring all of it back in one command', async () => {
    const { ip4 } = hosts.laptop
    assert.deepEqual(await cell.passing('laptop', 'drive', ofAll('laptop')), everything)
    assert.equal(await passes('laptop', 'plc', tcpFrame({ from: 'laptop', to: 'plc' }, 22)), false)
    assert.deepEqual(await cell.passing('laptop', 'drive', ofAll('laptop')), [], 'it contained itself')
    await cell.events({ source: ip4, kind: ['containment'] })
    await cell.edge('release', ip4, '--reason', 'our own')
    assert.deepEqual(await cell.passing('laptop', 'drive', ofAll('laptop')), everything)

    const report = await json(Report, 'contain', ip4, '--for', '10m', '--reason', 'a finding')
    assert.ok(Math.abs(Date.parse(report.expires ?? '') - Date.now() - 600_000) < 5000)
    assert.deepEqual(await cell.passing('laptop', 'drive', ofAll('laptop')), [])
    const [row] = (await cell.status()).containments
    assert.deepEqual([row?.ip, row?.kind, row?.reason], [ip4, 'ordered', 'a finding'])

    // A machine that restarts: the rules are there before the daemon, which takes them over.
    process.kill(cell.daemon.pid, 'SIGKILL')
    await cell.daemon.exited
    await cell.world.exec('edge', 'nft', ['flush', 'ruleset'])
    await bulkheadAtEdge(cell.world, ['edge', 'load', '--state', cell.daemon.state])
    await cell.restart()
    assert.deepEqual(await cell.passing('laptop', 'drive', ofAll('laptop')), [])

    await cell.edge('release', ip4, '--reason', 'cleared')
    assert.deepEqual(await cell.passing('laptop', 'drive', ofAll('laptop')), everything)
    assert.deepEqual((await cell.status()).containments, [])
    const kinds = (await cell.daemon.events({ source: ip4 })).map(({ kind }) => kind)
    assert.deepEqual(kinds.filter((kind) => kind !== 'denial').toSorted(), [
      'containment',
      'containment',
      'release',
      'release',
    ])
  })

  it('of the kernel itself are over with the machine that restarts, and are told anew', async () => {
    const { ip4 } = hosts.laptop
    const tellings = async (kind: 'containment' | 'release', count: number) =>
      (await cell.events({ source: ip4, kind: [kind] }, count)).length
    const knock = () => passes('laptop', 'plc', tcpFrame({ from: 'laptop', to: 'plc' }, 22))
    const earlier = { contained: await tellings('containment', 0), released: await tellings('release', 0) }
    assert.equal(await knock(), false)
    assert.equal(await tellings('containment', earlier.contained + 1), earlier.contained + 1)
    await cell.daemon.kill('SIGKILL')
    await cell.world.exec('edge', 'nft', ['flush', 'ruleset'])
    await bulkheadAtEdge(cell.world, ['edge', 'load', '--state', cell.daemon.state])
    await cell.restart()
    assert.equal(await tellings('release', earlier.released + 1), earlier.released + 1, 'the kernel forgot it')
    assert.deepEqual((await cell.status()).containments, [])
    assert.equal(await knock(), false)
    assert.equal(await tellings('containment', earlier.contained + 2), earlier.contained + 2)
    await release(ip4)
  })

  it('stop a stranger that nobody has seen yet', async () => {
    const frames = { tcp: tcpFrame({ from: 'laptop', to: 'drive', ip: '198.18.1.90' }, 4840) }
    await contain('198.18.1.90')
    assert.deepEqual(await cell.passing('laptop', 'drive', frames), [])
    await release('198.18.1.90')
    assert.deepEqual(await cell.passing('laptop', 'drive', frames), ['tcp'])
  })

  it('leave a known asset its essential conduits, with ARP, and take all else', async () => {
    const others = { tcp: tcpFrame({ from: 'hmi', to: 'drive' }, 4840) }
    assert.deepEqual(await cell.passing('hmi', 'drive', others), ['tcp'])
    await contain(hosts.hmi.ip4)
    assert.deepEqual(await cell.passing('hmi', 'drive', others), [])
    assert.equal(await passes('hmi', 'plc', poll()), true)
    assert.equal(await passes('plc', 'hmi', answer()), true)
    assert.deepEqual(await cell.passing('hmi', 'plc', { arp: otherFrames('hmi')['arp'] ?? poll() }), ['arp'])
    await release(hosts.hmi.ip4)
    assert.deepEqual(await cell.passing('hmi', 'drive', others), ['tcp'])
  })

  it('hold over IPv6 alike', async () => {
    const frame = () => tcpFrame({ from: 'ews', to: 'plc', six: true }, 502)
    const ends = { from: addressOf('ews', true), to: addressOf('plc', true) }
    const { id } = await cell.daemon.call('permit', { ...ends, service: 'modbus', for: '1m', reason: 'x', by })
    assert.equal(await passes('ews', 'plc', frame()), true)
    await contain(addressOf('ews', true).toUpperCase())
    assert.equal(await passes('ews', 'plc', frame()), false)
    await release(addressOf('ews', true))
    assert.equal(await passes('ews', 'plc', frame()), true)
    await cell.daemon.call('revoke', { id, by })
  })

  it('end by the kernel at their time, and by a second order later than by the first', async () => {
    const frame = () => tcpFrame({ from: 'laptop', to: 'drive', ip: '198.18.1.91' }, 4840)
    await soonEnough([3, 10, 30], async (seconds) => {
      await contain('198.18.1.91', '1s')
      const ends = performance.now() + seconds * 1000
      await contain('198.18.1.91', `${seconds}s`)
      await sleep(1500)
      const early = await passes('laptop', 'drive', frame())
      if (performance.now() > ends) return false
      assert.equal(early, false)
      await until('the end', 60_000, () => passes('laptop', 'drive', frame()))
      return true
    })
  })

  it('refuse a safety asset, and what is not contained', async () => {
    const safety = '198.18.1.12'
    const refused = [
      ['contain', safety, '--reason', 'x'],
      ['permit', '--from', hosts.ews.ip4, '--to', safety, '--service', 'modbus', '--for', '1m', '--reason', 'x'],
    ]
    for (const words of refused) {
      const result = await cell.tried(...words)
      assert.notEqual(result.code, 0)
      assert.match(result.stderr, /sis is a safety asset/)
    }
    const { code, stderr } = await cell.tried('release', '198.18.1.92', '--reason', 'x')
    assert.notEqual(code, 0)
    assert.match(stderr, /198\.18\.1\.92 is not contained/)
  })
})

describe('a temporary permit', () => {
  before(async () => {
    cell = await Cell.start('permit', policyText())
  })
  after(() => cell.close())
  const order = (six: boolean, service: string, ...more: readonly string[]) =>
    [
      'permit',
      '--from',
      addressOf('ews', six),
      '--to',
      addressOf('plc', six),
      '--service',
      service,
      '--reason',
      'vendor',
      ...more,
    ] as const

  for (const six of [false, true])
    it(`lets one source use one service over IPv${six ? 6 : 4}, both ways, until it is revoked`, async () => {
      const there = tcpFrame({ from: 'ews', to: 'plc', six }, 502)
      const back = tcpFrame({ from: 'plc', to: 'ews', six }, 40_000, { sport: 502, flags: ack })
      assert.equal(await passes('ews', 'plc', there), false)
      const { id, text } = await json(Report, ...order(six, 'modbus', '--for', '1h'))
      assert.match(text, /may use modbus/)
      assert.equal(await passes('ews', 'plc', there), true)
      assert.equal(await passes('plc', 'ews', back), true)
      assert.equal(await passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc', six }, 503)), false, 'another port')
      assert.equal(await passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc', six }, 503)), false, 'another source')
      const call = tcpFrame({ from: 'plc', to: 'ews', six }, 502)
      assert.equal(await passes('plc', 'ews', call), false, 'the other way round')
      assert.deepEqual(
        (await json(Permits, 'permits')).map((row) => [row.id, row.service]),
        [[id, 'tcp/502']],
      )
      await cell.edge('revoke', id)
      assert.equal(await passes('ews', 'plc', there), false)
      assert.equal(await passes('plc', 'ews', back), false)
      assert.deepEqual(await permits(), [])
    })

  it('for a protocol covers all of its ports, and is revoked with one word', async () => {
    const frames = {
      explicit: tcpFrame({ from: 'ews', to: 'plc' }, 44_818),
      listing: udpFrame({ from: 'ews', to: 'plc' }, 44_818),
    }
    const { id } = await json(Report, ...order(false, 'enip', '--for', '1h'))
    assert.deepEqual(await cell.passing('ews', 'plc', frames), ['explicit', 'listing'])
    await cell.edge('revoke', id)
    assert.deepEqual(await cell.passing('ews', 'plc', frames), [])
  })

  it('with a MAC holds for that MAC only', async () => {
    const mac = '02:00:00:00:02:aa'
    const guest = '198.18.1.100'
    const from = (own: string) => tcpFrame({ from: 'laptop', to: 'plc', mac: own, ip: guest }, 22)
    const { id } = await json(
      Report,
      'permit',
      '--from',
      guest,
      '--to',
      hosts.plc.ip4,
      '--service',
      'tcp/22',
      '--for',
      '1h',
      '--mac',
      mac.toUpperCase(),
      '--reason',
      'vendor',
    )
    assert.equal(await passes('laptop', 'plc', from(mac)), true)
    const back = (to: string) => {
      const frame = tcpFrame({ from: 'plc', to: 'laptop', toIp: guest }, 40_000, { sport: 22, flags: ack })
      frame.set(
        Uint8Array.from(to.split(':'), (part) => Number.parseInt(part, 16)),
        0,
      )
      return frame
    }
    assert.equal(await passes('plc', 'laptop', back(mac)), true)
    assert.equal(await passes('plc', 'laptop', back('02:00:00:00:02:ab')), false)
    assert.equal(await passes('laptop', 'plc', from('02:00:00:00:02:ab')), false)
    await cell.edge('revoke', id)
    assert.equal(await passes('laptop', 'plc', from(mac)), false)
    await release(guest)
  })

  it('ends by the kernel alone, and survives a restart and another policy until then', async () => {
    const frame = () => tcpFrame({ from: 'ews', to: 'plc' }, 502)
    await soonEnough([6, 20, 60], async (seconds) => {
      const ends = performance.now() + seconds * 1000
      await cell.edge(...order(false, 'modbus', '--for', `${seconds}s`))
      await cell.restart()
      const restarted = [await passes('ews', 'plc', frame()), (await permits()).length]
      const path = `${cell.daemon.state}/other.yaml`
      writeFileSync(path, policyText({ conduits: '' }))
      await cell.daemon.call('apply', { ...given(path), by })
      await cell.daemon.call('confirm', { by })
      const applied = await passes('ews', 'plc', frame())
      await cell.daemon.kill('SIGKILL')
      const dead = await passes('ews', 'plc', frame())
      const inTime = performance.now() < ends
      if (inTime) {
        assert.deepEqual([restarted, applied], [[true, 1], true])
        assert.equal(dead, true, 'the daemon is dead')
        await sleep(ends - performance.now() + 700)
        assert.equal(await passes('ews', 'plc', frame()), false, 'its time is over')
      }
      await cell.restart()
      if (inTime) assert.deepEqual(await permits(), [])
      return inTime
    })
  })

  it('given twice lasts as long as the longer one, and is over when both are revoked', async () => {
    const frame = tcpFrame({ from: 'ews', to: 'plc' }, 23)
    const { id: long } = await json(Report, ...order(false, 'tcp/23', '--for', '1h'))
    await cell.edge(...order(false, 'tcp/23', '--for', '2s'))
    await until('the short one is over', 30_000, async () => (await permits()).length === 1)
    await sleep(300)
    assert.equal(await passes('ews', 'plc', frame), true, 'as `permits` says')
    const { id: longer } = await json(Report, ...order(false, 'tcp/23', '--for', '2h'))
    assert.match(await cell.edge('revoke', longer), new RegExp(`the same is permitted by ${long}`))
    assert.equal(await passes('ews', 'plc', frame), true)
    await cell.edge('revoke', long)
    assert.equal(await passes('ews', 'plc', frame), false)
  })

  it('says that it does not help whoever is contained', async () => {
    await contain(hosts.ews.ip4)
    assert.match(
      await cell.edge(...order(false, 'tcp/24', '--for', '1h')),
      /198\.18\.1\.72 is contained: unless released/,
    )
    assert.equal(await passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 24)), false)
    await release(hosts.ews.ip4)
    assert.equal(await passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 24)), true)
  })

  it('that ended by itself is told so', async () => {
    await cell.edge(...order(false, 'tcp/25', '--for', '1s'))
    await until('it is over', 30_000, async () => (await permits()).every(({ service }) => service !== 'tcp/25'))
    // The next look at what is over would come in half a minute; a start has one of its own.
    await cell.restart()
    const ended = await cell.events({ kind: ['revoke'] })
    assert.ok(
      ended.some(({ by: who, text }) => who === 'kernel' && text.endsWith('ended by itself.')),
      ended.map(({ text }) => text).join('\n'),
    )
  })

  it('is refused where it makes no sense, with one sentence', async () => {
    const rows: [string[], RegExp][] = [
      [['--from', hosts.ews.ip4, '--to', addressOf('plc', true), '--service', 'modbus'], /different IP versions/],
      [['--from', hosts.ews.ip4, '--to', hosts.plc.ip4, '--service', 'icmp'], /TCP or UDP ports/],
      [['--from', hosts.ews.ip4, '--to', hosts.plc.ip4, '--service', 'tcp/any'], /at most 64/],
    ]
    for (const [words, says] of rows) {
      const { code, stderr } = await cell.tried('permit', ...words, '--for', '1m', '--reason', 'x')
      assert.notEqual(code, 0)
      assert.match(stderr, says)
    }
    const { code, stderr } = await cell.tried('revoke', '01AAAAAAAAAAAAAAAAAAAAAAAA')
    assert.notEqual(code, 0)
    assert.match(stderr, /No permit in force/)
  })
})

describe('a spare in place of an asset', () => {
  const spare = '02:00:00:00:01:aa'
  const third = '02:00:00:00:01:bb'
  const from = (mac: string) => tcpFrame({ from: 'plc', to: 'hmi', mac }, 40_000, { sport: 502, flags: ack })
  const arpFrom = (mac: string) => {
    const frame = Uint8Array.from(otherFrames('plc')['arp'] ?? [])
    const bytes = Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16))
    frame.set(bytes, 6)
    frame.set(bytes, 22)
    return frame
  }
  before(async () => {
    cell = await Cell.start('spare', policyText())
  })
  after(() => cell.close())

  it('is a forgery before: dropped and alarmed', async () => {
    assert.equal(await passes('plc', 'hmi', from(hosts.plc.mac)), true)
    assert.equal(await passes('plc', 'hmi', from(spare)), false)
    assert.equal(await passes('plc', 'hmi', arpFrom(spare)), false)
    const [spoof] = await cell.events({ kind: ['spoof'] }, 2)
    assert.deepEqual([spoof?.source?.asset, spoof?.source?.mac, spoof?.source?.port], ['plc', spare, 'cell'])
    assert.deepEqual((await cell.status()).containments, [])
  })

  it('is accepted by one command, and the old device is not any more', async () => {
    await cell.edge('replace-asset', 'plc', '--mac', spare.toUpperCase())
    assert.deepEqual(await cell.passing('plc', 'hmi', { ip: from(spare), arp: arpFrom(spare) }), ['ip', 'arp'])
    assert.equal(await passes('plc', 'hmi', from(hosts.plc.mac)), false)
    const [event] = await cell.daemon.events({ kind: ['replace-asset'] })
    assert.match(event?.text ?? '', /plc was replaced; accepted: 02:00:00:00:01:aa/)
  })

  it('is what is meant when asked why', async () => {
    const { reason } = await cell.daemon.call('explain', { from: 'plc', to: 'hmi', service: 'modbus' })
    assert.equal(reason, 'out-of-scope', 'no forgery')
  })

  it('survives a restart, and a policy that still names the old device', async () => {
    await cell.restart()
    assert.equal(await passes('plc', 'hmi', from(spare)), true)
    const file = `${cell.daemon.state}/other.yaml`
    writeFileSync(file, policyText({ conduits: '' }))
    await cell.edge('apply', file, '--yes')
    assert.equal(await passes('plc', 'hmi', from(spare)), true)
    await cell.edge('confirm')
    assert.equal(await passes('plc', 'hmi', from(spare)), true)
    assert.equal(await passes('plc', 'hmi', from(hosts.plc.mac)), false)
  })

  it('may have any MAC on its port until somebody names one', async () => {
    await cell.edge('replace-asset', 'plc')
    for (const mac of [spare, third, hosts.plc.mac]) assert.equal(await passes('plc', 'hmi', from(mac)), true, mac)
    const elsewhere = tcpFrame({ from: 'ews', to: 'drive', ip: hosts.plc.ip4 }, 502)
    assert.equal(await passes('ews', 'drive', elsewhere), false, 'behind the other port')
    await cell.edge('replace-asset', 'plc', '--mac', third)
    assert.equal(await passes('plc', 'hmi', from(third)), true)
    assert.equal(await passes('plc', 'hmi', from(spare)), false)
  })

  it('gives way to a policy that names another device', async () => {
    const file = `${cell.daemon.state}/named.yaml`
    writeFileSync(file, policyText().replace(hosts.plc.mac, spare))
    await cell.edge('apply', file, '--yes')
    assert.equal(await passes('plc', 'hmi', from(spare)), true)
    assert.equal(await passes('plc', 'hmi', from(third)), false)
    await cell.edge('rollback')
    assert.equal(await passes('plc', 'hmi', from(third)), true, 'what the confirmed policy had is accepted again')
  })

  it('is refused for what belongs to somebody else', async () => {
    for (const [words, says] of [
      [['plc', '--mac', hosts.hmi.mac], /belongs to hmi/],
      [['hmi', '--mac', third], /belongs to plc/],
      [['drive', '--mac', third], /belongs to plc/],
      [['plx'], /no asset called "plx"/],
    ] as const) {
      const { code, stderr } = await cell.tried('replace-asset', ...words)
      assert.notEqual(code, 0)
      assert.match(stderr, says)
    }
  })
})

describe('an isolated zone', () => {
  const document = () =>
    policyText({ plant: 'supervisory, cell', modes: { cell: 'observe', supervisory: 'observe' }, layer2: open })
  /** The same policy with another name for the zone. */
  const renamed = (): string => {
    const path = `${cell.daemon.state}/renamed.yaml`
    writeFileSync(
      path,
      document()
        .replaceAll(/(?<=[[ ])cell(?=[\],:]|$)/gm, 'line')
        .replace('line: { zones', 'cell: { zones'),
    )
    return path
  }
  const frames = () => ({
    essential: tcpFrame({ from: 'hmi', to: 'plc' }, 502),
    conduit: tcpFrame({ from: 'historian', to: 'plc' }, 502),
    permit: tcpFrame({ from: 'ews', to: 'plc' }, 22),
    outside: tcpFrame({ from: 'ews', to: 'plc', ip: '203.0.113.7' }, 80),
  })
  before(async () => {
    cell = await Cell.start('island', document())
    const ends = { from: hosts.ews.ip4, to: hosts.plc.ip4 }
    await cell.daemon.call('permit', { ...ends, service: 'tcp/22', for: '1h', reason: 'x', by })
  })
  after(() => cell.close())
  const arrived = async () => {
    const passed: string[] = []
    for (const [name, frame] of Object.entries(frames())) {
      const from = name === 'essential' ? 'hmi' : name === 'conduit' ? 'historian' : 'ews'
      if (await passes(from, 'plc', frame)) passed.push(name)
    }
    return passed
  }
  const leaving = () => ({
    ping: pingFrame({ from: 'plc', to: 'ews' }),
    abroad: pingFrame({ from: 'plc', to: 'ews', toIp: '203.0.113.7' }),
  })

  it('keeps its essential conduits with ARP and ND, and nothing else, in any mode', async () => {
    assert.deepEqual(await arrived(), ['essential', 'conduit', 'permit', 'outside'])
    assert.deepEqual(await cell.passing('plc', 'ews', leaving()), ['ping', 'abroad'])
    await cell.edge('isolate', 'cell', '--reason', 'ransomware')
    assert.deepEqual(await arrived(), ['essential'])
    assert.equal(await passes('plc', 'hmi', answer()), true)
    assert.deepEqual(await cell.passing('plc', 'ews', leaving()), [])
    assert.deepEqual(await cell.passing('hmi', 'plc', otherFrames('hmi')), ['arp', 'lldp', 'eapol'])
    assert.deepEqual(await permits(), [], 'temporary permits over its border are revoked')
    const { zones } = await cell.status()
    assert.deepEqual(
      zones.map(({ name, island }) => [name, island]),
      [
        ['cell', true],
        ['supervisory', false],
      ],
    )
  })

  it('goes on inside', async () => {
    // The drive at the other port, behind which the zone is as well.
    const { ip4: ip, mac } = hosts.drive
    assert.equal(await passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc', ip, mac }, 502)), true)
    assert.equal(await passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 502)), false)
  })

  it('says so when asked why', async () => {
    const { verdict } = await cell.daemon.call('explain', { from: 'historian', to: 'plc', service: 'modbus' })
    assert.equal(verdict, 'deny')
    const essential = await cell.daemon.call('explain', { from: 'hmi', to: 'plc', service: 'modbus' })
    assert.equal(essential.verdict, 'permit')
  })

  it('stays one over a restart and a kill', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await cell.restart(signal)
      assert.deepEqual(await arrived(), ['essential'])
      assert.equal((await cell.status()).zones[0]?.island, true)
    }
  })

  it('is refused twice, and for a zone that does not exist', async () => {
    const words = [
      ['isolate', 'cell'],
      ['isolate', 'cel'],
      ['rejoin', 'supervisory'],
    ]
    const [again, unknown, joined] = await Promise.all(words.map((one) => cell.tried(...one)))
    assert.match(again?.stderr ?? '', /isolated already/)
    assert.match(unknown?.stderr ?? '', /no zone called "cel"/)
    assert.match(joined?.stderr ?? '', /not isolated/)
  })

  it('is left by no permit that is given meanwhile', async () => {
    const ends = ['--from', hosts.ews.ip4, '--to', hosts.plc.ip4]
    const { code, stderr } = await cell.tried('permit', ...ends, '--service', 'tcp/22', '--for', '1h', '--reason', 'x')
    assert.notEqual(code, 0)
    assert.match(stderr, /Zone cell is isolated: no temporary permit leads over its border/)
    assert.deepEqual(await arrived(), ['essential'])
  })

  it('is not connected by a policy that calls it otherwise', async () => {
    const { code, stderr } = await cell.tried('apply', renamed(), '--yes')
    assert.notEqual(code, 0)
    assert.match(stderr, /Zone cell is isolated, and the policy has no zone of this name/)
    assert.deepEqual(await arrived(), ['essential'])
  })

  it('rejoins by one command', async () => {
    await cell.edge('rejoin', 'cell')
    assert.deepEqual(await arrived(), ['essential', 'conduit', 'permit', 'outside'])
    const kinds = (await cell.daemon.events({ kind: ['isolate', 'rejoin', 'revoke'] })).map(({ kind }) => kind)
    assert.deepEqual(kinds.toSorted(), ['isolate', 'rejoin', 'revoke'])
  })

  it('under a policy that waits is confirmed by the digest that the status shows', async () => {
    const { digest } = await cell.daemon.call('apply', { ...given(renamed()), by })
    await cell.edge('isolate', 'line', '--reason', 'x')
    const { plan } = await cell.status()
    assert.notEqual(plan.digest, digest)
    assert.equal((await cell.tried('confirm', '--force', '--digest', '0'.repeat(12))).code, 7)
    await cell.edge('confirm', '--force', '--digest', plan.digest.slice(0, 12))
    assert.equal((await cell.status()).plan.confirmed, true)
    await cell.edge('rejoin', 'line')
  })

  it('that only the policy had which is rolled back is told as connected, and does not come back', async () => {
    const path = `${cell.daemon.state}/named.yaml`
    writeFileSync(path, document())
    await cell.daemon.call('apply', { ...given(path), by })
    await cell.edge('isolate', 'cell', '--reason', 'x')
    await cell.edge('rollback')
    const told = (await cell.events({ kind: ['rejoin'] })).find((event) => event.by === 'policy')
    assert.match(
      told?.text ?? '',
      /^Zone cell is connected again: the policy that is enforced has no zone of this name/,
    )
    await cell.daemon.call('apply', { ...given(path), by })
    assert.deepEqual(
      (await cell.status()).zones.map((zone) => zone.island),
      [false, false],
    )
  })
})
