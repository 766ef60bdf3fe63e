/** Sensors in the kernel of a running edge, and what was agreed on for them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ethernet } from '#packet/build.ts'
import { etherTypes } from '#packet/numbers.ts'
import { ack, Cell, hosts, open, otherFrames, pingFrame, policyText, tcpFrame, udpFrame } from './orders/cell.ts'

let cell: Cell
const conduits = `  - { id: record, from: historian, to: plc, service: modbus, reason: history, owner: line }
  - { id: anybody, from: any, to: drive, service: tcp/4840, reason: time, owner: line }
  - { id: status, from: historian, to: plc, service: udp/2222, reason: history, owner: line }`
const agreed = 'agreed-by: [security, operations]'
const firings = async (id: string) => (await cell.status()).counters[`s-${id}`]?.packets ?? 0
const contained = async () => (await cell.status()).containments.map(({ kind, ip }) => `${kind} ${ip}`).toSorted()
const denied = async () => (await cell.status()).zones.find(({ name }) => name === 'cell')?.denied ?? 0

describe('sensors that only tell', () => {
  before(async () => {
    cell = await Cell.start(
      'sensors',
      policyText({
        modes: { cell: 'enforce', supervisory: 'observe' },
        conduits,
        layer2: open,
        sensors: `  - { id: sweep, counts: distinct-destinations, over: 5, in: 10s, zone: cell }
  - { id: ports, counts: distinct-ports, over: 8, in: 10s, zone: cell }
  - { id: rate, counts: packets, over: 500, in: 1s, zone: cell }
  - { id: peers, counts: first-seen-peer }`,
      }),
      { stack: ['ews'] },
    )
  })
  after(() => cell.close())
  const probe = (from: 'laptop' | 'hmi', ip: string, toIp: string, port = 22) =>
    tcpFrame({ from, to: 'drive', ip, toIp, mac: from === 'hmi' ? '02:00:00:00:02:88' : hosts.laptop.mac }, port)

  it('tell of the sixth address where more than five are too many, and of no fifth', async () => {
    for (let host = 20; host < 25; host++)
      cell.world.send('laptop', probe('laptop', hosts.laptop.ip4, `198.18.1.${host}`))
    for (let again = 0; again < 20; again++) cell.world.send('laptop', probe('laptop', hosts.laptop.ip4, '198.18.1.20'))
    await sleep(50)
    assert.equal(await firings('sweep'), 0)
    assert.deepEqual(await cell.daemon.events({ kind: ['scan'] }), [])
    cell.world.send('laptop', probe('laptop', hosts.laptop.ip4, '198.18.1.25'))
    const [scan] = await cell.events({ kind: ['scan'] })
    assert.deepEqual([scan?.source?.ip, scan?.source?.port, scan?.technique], [hosts.laptop.ip4, 'plant', 'T0846'])
    assert.equal(scan?.details?.['sensor'], 'sweep')
    assert.equal(await firings('sweep'), 1)
  })

  it('tell of a sweep over IPv6 alike', async () => {
    for (let host = 0x20; host < 0x26; host++) {
      assert.deepEqual(await cell.daemon.events({ kind: ['scan'], source: hosts.laptop.ip6 }), [])
      const toIp = `fd00:198:18:1::${host.toString(16)}`
      cell.world.send('laptop', tcpFrame({ from: 'laptop', to: 'drive', ip: hosts.laptop.ip6, toIp }, 22))
    }
    assert.equal((await cell.events({ kind: ['scan'], source: hosts.laptop.ip6 })).length, 1)
  })

  it('do not count what a conduit permits', async () => {
    for (let host = 20; host < 40; host++)
      cell.world.send('historian', tcpFrame({ from: 'historian', to: 'plc' }, 502, { sport: 40_000 + host }))
    await sleep(50)
    assert.deepEqual(await cell.daemon.events({ kind: ['scan'], source: hosts.historian.ip4 }), [])
  })

  it('see a real sweep over addresses, and over the ports of one device', async () => {
    const ip = (...words: readonly string[]) => cell.world.exec('ews', 'ip', words)
    await ip('neigh', 'add', hosts.plc.ip4, 'lladdr', hosts.plc.mac, 'dev', 'eth0')
    await ip('route', 'add', '198.18.1.32/28', 'via', hosts.plc.ip4)
    const nmap = (...words: readonly string[]) =>
      cell.world.exec('ews', 'nmap', ['-n', '-Pn', '-sS', '--max-retries', '0', '--max-rtt-timeout', '100ms', ...words])
    const swept = await nmap('-p', '102', '198.18.1.32-43')
    assert.equal(swept.code, 0, swept.stderr)
    const byEws = async (sensor: string) =>
      (await cell.events({ kind: ['scan'], source: hosts.ews.ip4 }, sensor === 'sweep' ? 1 : 2)).filter(
        ({ details }) => details?.['sensor'] === sensor,
      )
    const [sweep] = await byEws('sweep')
    assert.equal(sweep?.source?.asset, 'ews')
    assert.deepEqual(
      await byEws('ports').then((found) => found.length > 0),
      true,
      'twelve addresses are twelve pairs too',
    )
    const start = await firings('ports')
    await nmap('-p', '2000-2011', '198.18.1.44')
    assert.ok((await firings('ports')) > start)
    assert.deepEqual(await contained(), [])
  })

  it('tell of a new pair once, whoever began, and never of what everybody hears', async () => {
    const peers = async () => (await cell.daemon.events({ kind: ['first-seen'] })).length
    const start = await peers()
    const broadcast = (mac: string, toIp: string) => {
      const frame = udpFrame({ from: 'historian', to: 'plc', toIp }, 2222)
      frame.set(
        Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16)),
        0,
      )
      return frame
    }
    const quiet = [
      broadcast('ff:ff:ff:ff:ff:ff', '255.255.255.255'),
      broadcast('ff:ff:ff:ff:ff:ff', '198.18.1.63'),
      broadcast('01:00:5e:00:00:fb', '224.0.0.251'),
      udpFrame({ from: 'historian', to: 'drive' }, 67, 68),
      ...Object.values(otherFrames('historian')),
      ethernet({ dst: hosts.plc.mac, src: hosts.historian.mac, etherType: etherTypes.profinet }),
    ]
    for (const frame of quiet) cell.world.send('historian', frame)
    await sleep(100)
    assert.equal(await peers(), start)
    const call = tcpFrame({ from: 'historian', to: 'drive' }, 4840)
    const answer = tcpFrame({ from: 'drive', to: 'historian' }, 40_000, { sport: 4840, flags: ack })
    for (let again = 0; again < 3; again++) {
      cell.world.send('historian', call)
      cell.world.send('drive', answer)
    }
    // Begun from the other side: a pair as well, and the same one when it is answered.
    cell.world.send('plc', pingFrame({ from: 'plc', to: 'laptop' }))
    await sleep(20)
    cell.world.send('laptop', pingFrame({ from: 'laptop', to: 'plc' }))
    await cell.events({ kind: ['first-seen'] }, start + 2)
    await sleep(100)
    const [first, second] = (await cell.daemon.events({ kind: ['first-seen'] })).slice(-2)
    assert.equal(await peers(), start + 2)
    assert.deepEqual([first?.source?.asset, first?.destination?.asset], ['historian', 'drive'])
    assert.deepEqual([second?.source?.asset, second?.destination?.ip], ['plc', hosts.laptop.ip4])
    await cell.restart()
    cell.world.send('historian', call)
    await sleep(100)
    assert.equal(await peers(), start + 2, 'the kernel remembers, not the daemon')
  })

  it('count a forged packet for nobody, and alarm it as forged', async () => {
    const start = await firings('rate')
    const forged = tcpFrame({ from: 'laptop', to: 'plc', ip: hosts.hmi.ip4 }, 502)
    for (let packet = 0; packet < 700; packet++) cell.world.send('laptop', forged)
    const [spoof] = await cell.events({ kind: ['spoof'] })
    assert.deepEqual([spoof?.source?.asset, spoof?.source?.mac], ['hmi', hosts.laptop.mac])
    assert.equal(await firings('rate'), start)
  })

  it('tell of a flood, exactly above its limit', async () => {
    const flood = tcpFrame({ from: 'historian', to: 'plc' }, 502)
    for (let packet = 0; packet < 2000; packet++) cell.world.send('historian', flood)
    const [rate] = await cell.events({ kind: ['rate'] })
    assert.deepEqual([rate?.source?.asset, rate?.details?.['sensor']], ['historian', 'rate'])
    const above = await firings('rate')
    assert.ok(above > 500 && above <= 1500, `${above} of 2000 above 500 a second`)
  })
})

describe('agreed responses', () => {
  const crowd = [1, 2, 3, 4].map((number) => ({
    name: `station-${number}`,
    ip: `198.18.1.${100 + number}`,
    mac: `02:00:00:00:03:0${number}`,
  }))
  before(async () => {
    cell = await Cell.start(
      'responses',
      policyText({
        modes: { supervisory: 'enforce' },
        conduits,
        assets: crowd
          .map(
            ({ name, ip, mac }) =>
              `  ${name}: { ips: [${ip}], macs: ['${mac}'], zone: supervisory, kind: workstation }`,
          )
          .join('\n'),
        sensors: `  - { id: sweep, counts: distinct-destinations, over: 3, in: 10s, zone: cell, response: contain }
  - { id: rate, counts: packets, over: 20, in: 1s, zone: cell, response: deny }`,
        responses: `  - { zone: cell, event: scan, stranger: contain 10m, known: contain 10m, ${agreed} }
  - { zone: cell, event: rate, stranger: contain 1m, ${agreed} }
  - { zone: cell, event: out-of-scope, stranger: deny, known: deny, ${agreed} }
  - { zone: cell, event: spoof, stranger: deny, known: alert, ${agreed} }`,
      }),
    )
  })
  after(() => cell.close())
  const sweep = ({ ip, mac }: { ip: string; mac: string }) => {
    for (let host = 20; host < 24; host++)
      cell.world.send('ews', tcpFrame({ from: 'ews', to: 'drive', toIp: `198.18.1.${host}`, ip, mac }, 22))
  }

  it('contain a stranger for its scan, where being out of scope only denies', async () => {
    const out = (port: number) => tcpFrame({ from: 'laptop', to: 'plc' }, port)
    const allowed = tcpFrame({ from: 'laptop', to: 'drive' }, 4840)
    assert.equal(await cell.passes('laptop', 'plc', out(22)), false)
    assert.equal(await cell.passes('laptop', 'drive', allowed), true)
    sweep({ ip: hosts.laptop.ip4, mac: hosts.laptop.mac })
    // Its MAC was seen at another host of the same port; the edge knows ports.
    const [event] = await cell.events({ kind: ['containment'], source: hosts.laptop.ip4 })
    assert.match(event?.text ?? '', /contained as agreed in the responses of zone cell/)
    assert.deepEqual(await contained(), [`stranger ${hosts.laptop.ip4}`])
    assert.equal(await cell.passes('laptop', 'drive', allowed), false)
    const [row] = (await cell.status()).containments
    const left = Date.parse(row?.expires ?? '') - Date.now()
    assert.ok(left > 590_000 && left <= 601_000, `${left} ms`)
    await cell.daemon.call('release', { ip: hosts.laptop.ip4, reason: 'x', by: 'test' })
    assert.equal(await cell.passes('laptop', 'drive', allowed), true)
  })

  it('contain known assets for it too, three at most, and not their essential conduits', async () => {
    for (const station of crowd.slice(0, 2)) sweep(station)
    sweep({ ip: hosts.hmi.ip4, mac: hosts.hmi.mac })
    for (const station of crowd.slice(2)) sweep(station)
    const expected = [crowd[0]?.ip, crowd[1]?.ip, hosts.hmi.ip4].map((ip) => `known ${ip}`).toSorted()
    await cell.events({ kind: ['containment'] }, 4)
    assert.deepEqual(await contained(), expected)
    const told = (await cell.daemon.events({ kind: ['containment'] })).flatMap(({ source }) => source?.asset ?? [])
    assert.deepEqual(told.toSorted(), ['hmi', 'station-1', 'station-2'])
    assert.equal(await cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502)), true)
    const use = (ip: string, mac: string) => tcpFrame({ from: 'ews', to: 'drive', ip, mac }, 4840)
    for (const [at, { ip, mac }] of crowd.entries())
      assert.equal(await cell.passes('ews', 'drive', use(ip, mac)), at >= 2)
    for (const row of await contained())
      await cell.daemon.call('release', { ip: row.split(' ')[1] ?? '', reason: 'x', by: 'test' })
    assert.deepEqual(await contained(), [])
    for (const { ip, mac } of crowd) assert.equal(await cell.passes('ews', 'drive', use(ip, mac)), true)
  })

  it('drop what is above a limit, count it exactly, and let essential conduits be', async () => {
    const start = await denied()
    const flood = (from: 'historian' | 'hmi') => {
      cell.world.received('plc')
      const frame = tcpFrame({ from, to: 'plc' }, 502)
      for (let packet = 0; packet < 100; packet++) cell.world.send(from, frame)
    }
    flood('historian')
    await sleep(100)
    const arrived = cell.world.received('plc').length
    assert.ok(arrived >= 20 && arrived <= 30, `${arrived} arrived`)
    assert.equal((await denied()) - start, 100 - arrived)
    const [event] = await cell.events({ kind: ['denial'], source: hosts.historian.ip4 })
    assert.equal(event?.reason, 'sensor')
    flood('hmi')
    await sleep(100)
    assert.equal(cell.world.received('plc').length, 100)
    const rates = await cell.events({ kind: ['rate'] }, 2)
    assert.ok(rates.some(({ source }) => source?.asset === 'hmi'))
    assert.deepEqual(await contained(), [])
  })

  it('contain a stranger for its rate on a conduit that is for everybody', async () => {
    const frame = tcpFrame({ from: 'laptop', to: 'drive' }, 4840)
    cell.world.received('drive')
    for (let packet = 0; packet < 100; packet++) cell.world.send('laptop', frame)
    await sleep(50)
    const arrived = cell.world.received('drive').length
    assert.ok(arrived >= 20 && arrived <= 25, `${arrived} arrived`)
    assert.deepEqual(await contained(), [`stranger ${hosts.laptop.ip4}`])
    assert.deepEqual(await cell.passing('laptop', 'drive', otherFrames('laptop')), [])
    await cell.daemon.call('release', { ip: hosts.laptop.ip4, reason: 'x', by: 'test' })
  })

  it('never contain for a segment that opens nothing, however many', async () => {
    const frame = tcpFrame({ from: 'laptop', to: 'drive', ip: '198.18.1.98' }, 4840, { flags: ack })
    for (let packet = 0; packet < 100; packet++) cell.world.send('laptop', frame)
    await sleep(50)
    assert.deepEqual(await contained(), [])
  })

  it('drop forged frames and contain nobody', async () => {
    const forged = tcpFrame({ from: 'laptop', to: 'plc', ip: hosts.historian.ip4 }, 502)
    assert.equal(await cell.passes('laptop', 'plc', forged), false)
    await cell.events({ kind: ['spoof'] })
    assert.deepEqual(await contained(), [])
    assert.equal(await cell.passes('historian', 'plc', tcpFrame({ from: 'historian', to: 'plc' }, 502)), true)
  })
})

describe('a redirect as a response', () => {
  before(async () => {
    cell = await Cell.start(
      'diverted',
      policyText({
        conduits,
        redirects: `  - { id: portal, from: any, to: cell, ports: [tcp/80], target: historian }`,
        responses: `  - { zone: cell, event: out-of-scope, stranger: redirect, known: deny, ${agreed} }`,
      }),
    )
  })
  after(() => cell.close())

  it('denies what no redirect catches and contains nobody', async () => {
    const knock = tcpFrame({ from: 'laptop', to: 'plc' }, 22)
    for (let again = 0; again < 3; again++) assert.equal(await cell.passes('laptop', 'plc', knock), false)
    assert.equal(await denied(), 3)
    assert.deepEqual(await contained(), [])
    const web = tcpFrame({ from: 'laptop', to: 'plc' }, 80)
    assert.equal(await cell.passes('laptop', 'plc', web), false, 'its destination never sees it')
    assert.equal(await denied(), 3, 'it was sent elsewhere, not denied')
    assert.equal(
      (await cell.daemon.call('explain', { from: hosts.laptop.ip4, to: 'plc', service: 'tcp/80' })).verdict,
      'redirect',
    )
  })
})
