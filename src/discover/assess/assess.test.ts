import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readYaml } from '#policy/yaml/read.ts'
import { Conduit, Deny } from '#schema/site.ts'
import type { Binding, Command, Conversation, Device, Kind, Observed, Sign } from '../model.ts'
import { addresses, commandOf, conversationOf, factOf, macs, observedOf, start } from '../plant.ts'
import { assess } from './assess.ts'
import { concluded, deviceOf, inventoryFrom, plantDevices, signOf } from './example.ts'
import { exposuresOf } from './exposure.ts'
import { isPublic } from './public.ts'
import { severityOf, type Assessed } from './risk.ts'
import { isTechnique } from './techniques.ts'

const { hmi, plcA, plcB, ews } = plantDevices
const plant: readonly Device[] = [hmi, plcA, plcB, ews]

interface Plant {
  readonly devices?: readonly Device[]
  readonly conversations?: readonly Conversation[]
  readonly bindings?: readonly Binding[]
  readonly signs?: readonly Sign[]
}

const observedWith = ({ conversations, bindings }: Plant): Observed => {
  const observed = observedOf(conversations === undefined ? {} : { conversations })
  return bindings === undefined ? observed : { ...observed, bindings }
}
const found = (more: Plant): readonly Assessed[] =>
  assess(observedWith(more), inventoryFrom(more.devices ?? plant), more.signs ?? [], [])
const ids = (more: Plant): readonly string[] => found(more).map(({ id }) => id)

const server = deviceOf({
  id: 'historian-1',
  ips: ['198.18.3.20'],
  macs: ['00:1b:1b:aa:03:20'],
  kind: concluded<Kind>('historian'),
  level: concluded(3),
  vendor: concluded('Dell'),
})
const office = deviceOf({
  id: 'pc-17',
  ips: ['198.18.4.17'],
  macs: ['00:1b:1b:aa:04:17'],
  behind: '00:1b:1b:aa:00:01',
  kind: concluded<Kind>('workstation'),
  level: concluded(4),
  vendor: concluded('Dell'),
})
const cloud = deviceOf({
  id: 'host-203.0.113.9',
  ips: ['203.0.113.9'],
  macs: [],
  behind: '00:1b:1b:aa:00:01',
  kind: concluded<Kind>('other', 0.2),
  level: concluded(5),
})
const routed = (device: Device): Device => ({ ...device, macs: [], behind: '00:1b:1b:aa:00:01' })

const at = (device: Device): string => device.ips[0]!
const between = (client: Device, target: Device, more: Partial<Conversation> = {}): Conversation =>
  conversationOf({ client: at(client), server: at(target), commands: [], ...more })
const service = (port: number, transport: 'tcp' | 'udp' = 'tcp'): Partial<Conversation> => ({
  port,
  transport,
  proto: transport === 'tcp' ? 6 : 17,
})
const plain = (client: Device, target: Device, port: number, transport: 'tcp' | 'udp' = 'tcp'): Conversation => {
  const { protocol: _, ...rest } = between(client, target, service(port, transport))
  return rest
}
const sends = (
  client: Device,
  target: Device,
  command: Partial<Command> & Pick<Command, 'op' | 'risk'>,
): Conversation => between(client, target, { commands: [commandOf(command)] })

describe('a finding is made', () => {
  const write = { op: 'write-single-register', risk: 'write' } as const
  const program = { op: 'program-download', risk: 'program' } as const
  const rows: readonly { readonly name: string; readonly plant: Plant; readonly id: string; readonly no?: true }[] = [
    {
      name: 'a historian that writes',
      plant: { devices: [...plant, server], conversations: [sends(server, plcA, write)] },
      id: 'unusual-write',
    },
    { name: 'no HMI that writes', plant: { conversations: [sends(hmi, plcA, write)] }, id: 'unusual-write', no: true },
    {
      name: 'no controller that writes to another',
      plant: { conversations: [sends(plcB, plcA, write)] },
      id: 'unusual-write',
      no: true,
    },
    { name: 'an HMI that programs', plant: { conversations: [sends(hmi, plcA, program)] }, id: 'unusual-program' },
    {
      name: 'no engineering station that programs',
      plant: { conversations: [sends(ews, plcA, program)] },
      id: 'unusual-program',
      no: true,
    },
    {
      name: 'commands that no protocol lists',
      plant: { conversations: [sends(hmi, plcA, { op: 'plus-unlisted', risk: 'program' })] },
      id: 'unlisted-commands',
    },
    {
      name: 'no programming by them',
      plant: { conversations: [sends(hmi, plcA, { op: 'unlisted-service', risk: 'program' })] },
      id: 'unusual-program',
      no: true,
    },
    {
      name: 'no write that a sign names already',
      plant: {
        devices: [...plant, server],
        conversations: [sends(server, plcA, { ...write, id: 'c9' })],
        signs: [signOf({ kind: 'forged-write', commands: ['c9'] })],
      },
      id: 'unusual-write',
      no: true,
    },
    {
      name: 'a controller that stops another',
      plant: { conversations: [sends(plcB, plcA, { op: 'stop', risk: 'control' })] },
      id: 'unusual-control',
    },
    { name: 'levels in one network', plant: { devices: [...plant, server] }, id: 'flat-network' },
    {
      name: 'no flat network with a router between',
      plant: { devices: [...plant, routed(server)] },
      id: 'flat-network',
      no: true,
    },
    {
      name: 'no flat network over two VLANs',
      plant: { devices: [...plant, { ...server, vlan: 20 }] },
      id: 'flat-network',
      no: true,
    },
    {
      name: 'an office machine at a controller',
      plant: { devices: [...plant, office], conversations: [between(office, plcA)] },
      id: 'skips-level',
    },
    { name: 'no skipped level for an HMI', plant: {}, id: 'skips-level', no: true },
    {
      name: 'no skipped level when nobody answered',
      plant: { devices: [...plant, office], conversations: [between(office, plcA, { accepted: 0, packets: [3, 3] })] },
      id: 'skips-level',
      no: true,
    },
    { name: 'Telnet', plant: { conversations: [plain(hmi, plcA, 23)] }, id: 'clear-text-login' },
    { name: 'VNC on its second display', plant: { conversations: [plain(hmi, ews, 5901)] }, id: 'clear-text-login' },
    {
      name: 'a login that was seen',
      plant: {
        devices: [hmi, { ...plcA, facts: [factOf({ name: 'clear-text-login', value: 'http-basic', source: 'http' })] }],
      },
      id: 'clear-text-login',
    },
    {
      name: 'Remote Desktop from above',
      plant: { devices: [...plant, office], conversations: [plain(office, ews, 3389)] },
      id: 'remote-access',
    },
    { name: 'HTTP on a controller', plant: { conversations: [plain(hmi, plcA, 80)] }, id: 'unneeded-service' },
    {
      name: 'no HTTP on an engineering station',
      plant: { conversations: [plain(hmi, ews, 80)] },
      id: 'unneeded-service',
      no: true,
    },
    {
      name: 'a host of the internet at a controller',
      plant: { devices: [...plant, cloud], conversations: [between(cloud, plcA)] },
      id: 'reached-from-internet',
    },
    {
      name: 'a station that calls out',
      plant: { devices: [...plant, cloud], conversations: [plain(ews, cloud, 443)] },
      id: 'reaches-internet',
    },
    {
      name: 'no internet for a public address on the wire itself',
      plant: {
        devices: [...plant, { ...cloud, macs: ['00:1b:1b:aa:99:99'], behind: undefined }].map(({ behind, ...rest }) =>
          behind === undefined ? rest : { ...rest, behind },
        ),
        conversations: [plain(ews, cloud, 443)],
      },
      id: 'reaches-internet',
      no: true,
    },
    {
      name: 'Windows XP',
      plant: { devices: [{ ...hmi, facts: [factOf({ name: 'os', value: 'Windows XP (5.1)' })] }] },
      id: 'end-of-life',
    },
    {
      name: 'no Windows 10',
      plant: { devices: [{ ...hmi, facts: [factOf({ name: 'os', value: 'Windows 10.0' })] }] },
      id: 'end-of-life',
      no: true,
    },
    {
      name: 'no Windows 7 in 17',
      plant: { devices: [{ ...hmi, facts: [factOf({ name: 'os', value: 'Windows 17' })] }] },
      id: 'end-of-life',
      no: true,
    },
    {
      name: 'SMB 1',
      plant: { devices: [{ ...hmi, facts: [factOf({ name: 'service', value: 'SMBv1' })] }] },
      id: 'end-of-life',
    },
    {
      name: 'four clients of one controller',
      plant: {
        devices: [...plant, server, office],
        conversations: [hmi, ews, server, office].map((client) => between(client, plcA)),
      },
      id: 'open-control',
    },
    {
      name: 'not three',
      plant: { devices: [...plant, server], conversations: [hmi, ews, server].map((client) => between(client, plcA)) },
      id: 'open-control',
      no: true,
    },
    {
      name: 'a machine that does everything',
      plant: {
        devices: [...plant, cloud],
        conversations: [
          sends(ews, plcA, program),
          sends(ews, plcB, write),
          plain(hmi, ews, 445),
          plain(ews, cloud, 443),
        ],
      },
      id: 'several-roles',
    },
    {
      name: 'one HMI for three controllers',
      plant: {
        devices: [...plant, deviceOf({ id: 'plc-c' })],
        conversations: [plcA, plcB, deviceOf({ id: 'plc-c' })].map((target) => between(hmi, target)),
      },
      id: 'single-point',
    },
    {
      name: 'one router before three controllers',
      plant: { devices: [1, 2, 3].map((n) => routed(deviceOf({ id: `plc-${n}`, ips: [`198.18.7.${n}`] }))) },
      id: 'single-point',
    },
    {
      name: 'an address with two Ethernet addresses',
      plant: {
        bindings: [macs.plcA, macs.ews].map((mac) => ({
          vlan: 0,
          mac,
          ip: addresses.plcA,
          packets: 9,
          claims: 1,
          first: start,
          last: start,
        })),
      },
      id: 'address-conflict',
    },
    {
      name: 'no conflict with the shared address of VRRP',
      plant: {
        bindings: [macs.plcA, '00:00:5e:00:01:0a'].map((mac) => ({
          vlan: 0,
          mac,
          ip: addresses.plcA,
          packets: 9,
          claims: 1,
          first: start,
          last: start,
        })),
      },
      id: 'address-conflict',
      no: true,
    },
    {
      name: 'no conflict behind a router',
      plant: {
        bindings: [1, 2, 3, 4].flatMap((n) =>
          [macs.plcA, macs.ews].map((mac) => ({
            vlan: 0,
            mac,
            ip: `198.18.7.${n}`,
            packets: 9,
            claims: 0,
            first: start,
            last: start,
          })),
        ),
      },
      id: 'address-conflict',
      no: true,
    },
    {
      name: 'a device that says nothing',
      plant: { devices: [deviceOf({ id: 'x', kind: concluded<Kind>('other', 0.2) })] },
      id: 'unknown-device',
    },
    {
      name: 'none whose kind a person told',
      plant: {
        devices: [
          deviceOf({
            id: 'x',
            kind: concluded<Kind>('other', 1),
            told: { vlan: 0, address: '198.18.9.9', kind: 'other' },
          }),
        ],
      },
      id: 'unknown-device',
      no: true,
    },
    { name: 'a scan', plant: { signs: [signOf()] }, id: 'sign-scan' },
  ]
  for (const { name, plant: made, id, no } of rows)
    test(`for ${name}`, () => {
      assert.equal(ids(made).includes(id), no !== true, ids(made).join(', '))
    })
})

const everything: Plant = {
  devices: [
    { ...hmi, facts: [factOf({ name: 'os', value: 'Windows 7' })] },
    { ...plcA, criticality: concluded<'high'>('high') },
    plcB,
    ews,
    server,
    office,
    cloud,
    deviceOf({ id: 'x', ips: ['198.18.2.99'], kind: concluded<Kind>('other', 0.2) }),
  ],
  conversations: [
    conversationOf(),
    sends(server, plcA, { op: 'write-single-register', risk: 'write' }),
    sends(office, plcB, { op: 'stop', risk: 'control' }),
    sends(hmi, plcB, { op: 'program-download', risk: 'program' }),
    ...[hmi, ews, server, office].map((client) => between(client, plcA)),
    plain(office, ews, 3389),
    plain(hmi, plcA, 23),
    plain(cloud, plcA, 502),
    plain(ews, cloud, 443),
  ],
  signs: [signOf(), signOf({ kind: 'device-stop', targets: [addresses.plcB], source: addresses.ews })],
}

describe('every finding', () => {
  const findings = found(everything)
  test('is there: most rules have one in this plant', () => {
    assert.ok(new Set(findings.map(({ id }) => id)).size >= 10)
  })
  for (const finding of findings)
    test(`${finding.id} says what it takes: consequence, next step, packets, techniques, derivation`, () => {
      for (const text of [finding.title, finding.consequence, finding.next]) assert.match(text, /^\S.{10,600}\S$/)
      assert.doesNotMatch(`${finding.title}${finding.consequence}${finding.next}`, /undefined|NaN|\[object/)
      assert.ok(finding.evidence.length > 0 && finding.evidence.length <= 8)
      assert.ok(finding.techniques.length > 0 && finding.techniques.every(isTechnique))
      assert.ok(finding.derivation.length > 0)
      const sum = finding.derivation.reduce((total, { points }) => total + points, 0)
      assert.equal(finding.risk, Math.round(Math.min(100, Math.max(0, sum))))
      assert.equal(finding.severity, severityOf(finding.risk))
    })

  test('with a line for a policy shows one that a policy takes', () => {
    const lines = findings.flatMap(({ next }) => next.match(/`\{[^`]*\}`/g) ?? [])
    assert.ok(lines.length >= 4)
    for (const line of lines) {
      const text = line
        .slice(1, -1)
        .replace('<date>', '2027-03-31')
        .replaceAll(/<(\w+)>/g, '$1')
        .replaceAll(/(from|to): \[([a-z0-9-]+)[^\]]*\]/g, '$1: $2')
      const value: unknown = readYaml(text).value
      assert.ok(typeof value === 'object' && value !== null, text)
      const whole = 'id' in value ? Deny.safeParse(value) : Conduit.safeParse({ id: 'c', ...value })
      assert.ok(whole.success, `${text}: ${whole.success ? '' : whole.error.message}`)
    }
  })

  test('stands in the order of its risk, and the order of the devices does not matter', () => {
    assert.deepEqual(
      findings.map(({ risk }) => risk),
      findings.map(({ risk }) => risk).toSorted((a, b) => b - a),
    )
    const turned = found({ ...everything, devices: (everything.devices ?? []).toReversed() })
    assert.deepEqual(
      turned.map(({ id, risk }) => [id, risk]),
      findings.map(({ id, risk }) => [id, risk]),
    )
  })

  test('about a device of high criticality weighs more', () => {
    const of = (value: 'low' | 'high') =>
      found({
        devices: [{ ...plcA, criticality: concluded<'low' | 'high'>(value) }, hmi],
        conversations: [plain(hmi, plcA, 80)],
      }).find(({ id }) => id === 'unneeded-service')
    assert.equal(of('high')!.risk - of('low')!.risk, 20)
  })
})

describe('exposure', () => {
  test('adds up by device and by zone, the worst first', () => {
    const { devices, zones } = exposuresOf(inventoryFrom(everything.devices ?? []), found(everything))
    assert.equal(devices[0]?.risk, Math.max(...devices.map(({ risk }) => risk)))
    assert.ok(zones.some(({ name }) => name === 'level-1'))
    assert.ok([...devices, ...zones].every(({ risk, findings }) => risk >= 0 && risk <= 100 && findings > 0))
  })
})

describe('hostile traffic', () => {
  test('makes a bounded list of findings in bounded time', () => {
    const signs = Array.from({ length: 5000 }, (_, n) => signOf({ text: `scan number ${n} of many` }))
    const from = performance.now()
    const findings = found({ signs })
    assert.ok(performance.now() - from < 2000)
    assert.ok(findings.length < 300)
    assert.ok(findings.some(({ title }) => title.startsWith('4800 more like this')))
  })
})

describe('addresses of the internet', () => {
  const rows: readonly (readonly [ip: string, is: boolean])[] = [
    ['203.0.113.9', true],
    ['8.8.8.8', true],
    ['10.1.2.3', false],
    ['172.31.0.1', false],
    ['172.32.0.1', true],
    ['192.168.1.1', false],
    ['100.64.0.1', false],
    ['169.254.1.1', false],
    ['198.18.1.1', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['fd00:198:18::1', false],
    ['fe80::1', false],
    ['2606:4700::1', true],
    ['00:1b:1b:aa:00:10', false],
  ]
  for (const [ip, is] of rows)
    test(`${ip}: ${is}`, () => {
      assert.equal(isPublic(ip), is)
    })
})
