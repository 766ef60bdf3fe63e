import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Binding, Device, Endpoint, Fact, Observed } from '../model.ts'
import { addresses, commandOf, conversationOf, evidence, factOf, macs, observedOf, start } from '../plant.ts'
import { inventoryOf } from './inventory.ts'
import { processorMs } from '../../../test/fixtures/processor.ts'

const { hmi, plcA, plcB, ews } = addresses
const fact = (name: Fact['name'], value: string, more: Partial<Fact> = {}): Fact => factOf({ name, value, ...more })
const deviceAt = (observed: Partial<Observed>, address: string): Device => {
  const device = inventoryOf(observedOf(observed)).at(0, address)
  assert.ok(device !== undefined, `nothing at ${address}`)
  return device
}

/** Mulberry32: the same numbers in each run. */
const randomOf = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

const shuffled = <T>(list: readonly T[], random: () => number): readonly T[] => {
  const copy = [...list]
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[copy[at], copy[other]] = [copy[other]!, copy[at]!]
  }
  return copy
}

describe('the inventory', () => {
  test('has the machines of a plant, each found by IP and by Ethernet address', () => {
    const inventory = inventoryOf(observedOf())
    assert.equal(inventory.devices.length, 4)
    for (const name of ['hmi', 'plcA', 'plcB', 'ews'] as const) {
      assert.equal(inventory.at(0, addresses[name]), inventory.at(0, macs[name]))
      assert.deepEqual(inventory.at(0, addresses[name])?.macs, [macs[name]])
      assert.equal(inventory.at(20, addresses[name]), undefined)
    }
    assert.equal(inventory.at(0, macs.hmi.toUpperCase()), inventory.at(0, hmi))
  })

  test('takes the surest vendor, then the one told most often, and names the other', () => {
    const device = deviceAt(
      {
        facts: [
          fact('vendor', 'Texas Instruments', { source: 'oui', confidence: 0.5, count: 900 }),
          fact('vendor', 'Siemens', { source: 's7comm', count: 2 }),
          fact('firmware', 'V2.6.9'),
          fact('firmware', 'V2.6.8', { count: 3 }),
          fact('serial', '???'),
        ],
      },
      plcA,
    )
    assert.equal(device.vendor?.value, 'Siemens')
    assert.equal(device.vendor?.confidence, 0.95)
    assert.deepEqual(device.vendor?.because, ['told by s7comm', '"Texas Instruments" was told too, by oui'])
    assert.deepEqual([device.firmware?.value, device.firmware?.confidence], ['V2.6.8', 0.71])
    assert.equal(device.serial, undefined)
  })

  test('has facts about an Ethernet address at its device, and no name from who made its interface', () => {
    const told = fact('vendor', 'Siemens AG,', { address: macs.plcA, source: 'oui', confidence: 0.5 })
    const device = deviceAt({ facts: [told] }, plcA)
    assert.deepEqual([device.vendor?.value, device.id], ['Siemens AG', 'plc-198.18.1.10'])
    assert.equal(deviceAt({ facts: [{ ...told, confidence: 0.95 }] }, plcA).id, 'plc-siemens-198.18.1.10')
  })

  test('knows who only was spoken to, and asks nothing about it', () => {
    const seen = observedOf()
    const [endpoint] = seen.endpoints
    const silent: Endpoint = { ...endpoint!, address: '198.18.1.99', sent: 0, sentBytes: 0 }
    const inventory = inventoryOf({ ...seen, endpoints: [...seen.endpoints, silent] })
    const device = inventory.at(0, '198.18.1.99')
    assert.equal(device?.silent, true)
    assert.ok(inventory.devices.filter((one) => one !== device).every((one) => !one.silent))
    assert.ok(!inventory.questions.some((question) => question.device === device?.id))
  })

  test('counts what an Ethernet address sends besides IP, once', () => {
    const device = deviceAt({}, plcA)
    assert.deepEqual([device.sent, device.received], [3600, 3600])
  })

  test('has a device that a person told of before it was seen', () => {
    const device = deviceAt(
      { told: [{ vlan: 0, address: '198.18.1.77', name: 'Spare PLC', kind: 'plc' }] },
      '198.18.1.77',
    )
    assert.deepEqual([device.id, device.silent, device.first, device.kind.value], ['spare-plc', true, 0, 'plc'])
  })

  test('asks for owners, and for what is not certain', () => {
    const inventory = inventoryOf(
      observedOf({ told: [{ vlan: 0, address: plcA, owner: 'line-1', kind: 'plc', level: 1, criticality: 'high' }] }),
    )
    const about = (address: string) =>
      inventory.questions.filter(({ device }) => device === inventory.at(0, address)?.id).map(({ ask }) => ask)
    assert.deepEqual(about(plcA), [])
    assert.deepEqual(about(ews), ['owner', 'kind', 'level', 'criticality'])
  })

  test('takes a device that is written to and asked by many for more critical than one that is read', () => {
    const written = conversationOf({ commands: [commandOf({ op: 'write-single-register', risk: 'write', count: 20 })] })
    const conversations = [written, conversationOf({ id: 'f2', server: plcB, serverMacs: [macs.plcB] })]
    assert.equal(deviceAt({ conversations }, plcA).criticality.value, 'high')
    assert.equal(deviceAt({ conversations }, plcB).criticality.value, 'medium')
    assert.match(deviceAt({ conversations }, plcA).criticality.because.join('; '), /20 writes and orders went to it/)
  })
})

describe('Purdue levels:', () => {
  const s7 = (client: string, server: string) =>
    conversationOf({
      client,
      server,
      clientMacs: [],
      serverMacs: [],
      protocol: 's7comm',
      commands: [
        commandOf({ op: 'read-var', protocol: 's7comm' }),
        commandOf({ id: 'c2', op: 'write-var', protocol: 's7comm', risk: 'write' }),
      ],
    })
  const levelOf = (observed: Partial<Observed>, address: string) => deviceAt(observed, address).level

  test('a controller is at level 1 and its HMI at level 2, the surer since they speak', () => {
    const conversations = [s7(hmi, plcA)]
    assert.deepEqual([levelOf({ conversations }, plcA).value, levelOf({ conversations }, hmi).value], [1, 2])
    assert.ok(levelOf({ conversations }, plcA).confidence > 0.8)
    assert.match(levelOf({ conversations }, hmi).because.join('; '), /speaks with 1 device, mostly of level 1/)
  })

  test('a switch is at the level of its network', () => {
    const { plc, sw } = { plc: [fact('model', 'S7-1500')], sw: [fact('model', 'SCALANCE X208', { address: plcB })] }
    const level = levelOf({ conversations: [], facts: [...plc, ...sw] }, plcB)
    assert.deepEqual([level.value, level.because[0]], [1, 'most known devices of its network are at level 1'])
  })

  test('a workstation that speaks with controllers is nearer to them than one that does not', () => {
    const facts = [fact('role', 'workstation', { address: ews })]
    const ping = { ...s7(ews, plcA), commands: [] }
    assert.equal(levelOf({ conversations: [], facts }, ews).value, 4)
    assert.equal(levelOf({ conversations: [s7(hmi, plcA), ping], facts }, ews).value, 3)
  })

  test('an address of the Internet behind a router is at level 5', () => {
    const seen = observedOf()
    const bound: Binding = { ...seen.bindings[0]!, mac: '00:00:5e:00:01:01', ip: '203.0.113.7', claims: 0 }
    const endpoint: Endpoint = { ...seen.endpoints[0]!, address: '203.0.113.7' }
    const all = { endpoints: [...seen.endpoints, endpoint], bindings: [...seen.bindings, bound] }
    assert.equal(levelOf(all, '203.0.113.7').value, 5)
  })
})

describe('the same observations in any order', () => {
  const base = observedOf()
  const [endpoint, binding] = [base.endpoints[0]!, base.bindings[0]!]
  const address = (i: number): string => `198.18.${3 + (i >> 6)}.${1 + (i % 64)}`
  const mac = (i: number): string => `00:1b:1b:${(i % 40).toString(16).padStart(2, '0')}:00:01`
  const values = ['Siemens', 'siemens', 'Rockwell', 'S7-1200', 'PowerFlex', 'line-1', 'plc', 'switch', '1.0', 'hmi-7']
  const names = ['vendor', 'model', 'name', 'role', 'firmware', 'ip'] as const

  /** A heap of everything, contradictions included. */
  const heap = (random: () => number): Observed => {
    const pick = (count: number): number => Math.floor(random() * count)
    const some = <T>(count: number, make: (i: number) => T): readonly T[] =>
      Array.from({ length: count }, (_, i) => make(i))
    return {
      ...base,
      endpoints: some(60, (i) => ({
        ...endpoint,
        address: i % 3 === 0 ? mac(pick(50)) : address(pick(90)),
        sent: pick(3),
      })),
      bindings: some(80, () => ({
        ...binding,
        mac: mac(pick(50)),
        ip: address(pick(90)),
        claims: pick(2),
        first: start + pick(9),
        last: start + 10 + pick(9),
      })),
      facts: some(80, () => ({
        vlan: 0,
        address: pick(2) === 0 ? mac(pick(50)) : address(pick(90)),
        name: names[pick(names.length)]!,
        value: pick(6) === 0 ? address(pick(90)) : values[pick(values.length)]!,
        source: ['oui', 'lldp', 's7comm'][pick(3)]!,
        confidence: [0.5, 0.7, 0.95][pick(3)]!,
        count: 1 + pick(2),
        evidence,
      })),
      conversations: some(60, (i) =>
        conversationOf({
          id: `f${i}`,
          client: address(pick(90)),
          server: address(pick(90)),
          clientMacs: [mac(pick(50))],
          serverMacs: [mac(pick(50))],
          protocol: ['modbus', 's7comm', 'enip', 'dnp3'][pick(4)]!,
          commands: [
            commandOf({ op: 'a', risk: 'read', count: pick(99) }),
            commandOf({ op: 'b', risk: (['write', 'program'] as const)[pick(2)]!, count: pick(9) }),
          ],
        }),
      ),
      told: some(5, () => ({ vlan: 0, address: address(pick(90)), name: 'one', owner: `team-${pick(2)}` })),
    }
  }

  for (let seed = 1; seed <= 25; seed++)
    test(`give the same inventory (${seed})`, () => {
      const random = randomOf(seed)
      const seen = heap(random)
      const expected = inventoryOf(seen)
      const ids = new Set(expected.devices.map(({ id }) => id))
      assert.equal(ids.size, expected.devices.length, 'two devices have one name')
      for (const id of ids) assert.match(id, /^[a-z0-9][a-z0-9._-]{0,62}$/)
      const owned = expected.devices.flatMap(({ ips }) => ips)
      assert.equal(new Set(owned).size, owned.length, 'two devices have one address')
      for (const { address: one, sent } of seen.endpoints)
        if (sent > 0) assert.ok(expected.at(0, one) !== undefined, `${one} is missing`)
      const again = inventoryOf({
        ...seen,
        endpoints: shuffled(seen.endpoints, random),
        bindings: shuffled(seen.bindings, random),
        facts: shuffled(seen.facts, random),
        conversations: shuffled(seen.conversations, random),
        told: shuffled(seen.told, random),
      })
      assert.deepEqual(again.devices, expected.devices)
      assert.deepEqual(again.questions, expected.questions)
    })
})

const many = process.env['BULKHEAD_TEST'] === 'long' ? 10_000 : 3000
test(`${2 * many} addresses and ${10 * many} conversations take seconds, one of them with everybody`, () => {
  const base = observedOf()
  const [endpoint, binding] = [base.endpoints[0]!, base.bindings[0]!]
  const ip = (i: number): string => `198.${18 + ((i >> 16) & 1)}.${(i >> 8) & 255}.${i & 255}`
  const mac = (i: number): string =>
    `02:00:00:${[i >> 16, (i >> 8) & 255, i & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
  const hosts = Array.from({ length: many }, (_, i) => i + 257)
  const seen: Observed = {
    ...base,
    endpoints: hosts.flatMap((i) => [
      { ...endpoint, address: ip(i) },
      { ...endpoint, address: mac(i) },
    ]),
    // One Ethernet address in five hundred claims what all others of its five hundred have.
    bindings: hosts.flatMap((i) => [
      { ...binding, ip: ip(i), mac: mac(i) },
      { ...binding, ip: ip(i), mac: mac(i - (i % 500)), claims: 0 },
    ]),
    facts: hosts.map((i) => fact('name', 'host', { address: ip(i) })),
    conversations: Array.from({ length: 10 * many }, (_, i) =>
      conversationOf({
        id: `f${i}`,
        client: ip(257 + (i % 3)),
        server: ip(257 + (i % many)),
        clientMacs: [],
        serverMacs: [],
      }),
    ),
  }
  const began = processorMs()
  const small = inventoryOf({
    ...seen,
    conversations: seen.conversations.slice(0, many),
    endpoints: seen.endpoints.slice(0, many / 5),
    bindings: seen.bindings.slice(0, many / 5),
    facts: [],
  })
  const middle = processorMs()
  const { devices } = inventoryOf(seen)
  const [few, all] = [middle - began, processorMs() - middle]
  assert.ok(devices.length >= many && small.devices.length >= many / 11)
  assert.ok(all < Math.max(60 * few, 2000), `${Math.round(all)} ms for all, ${Math.round(few)} ms for a tenth`)
})
