import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Binding, Endpoint, Fact, Observed } from '../model.ts'
import { conversationOf, factOf, observedOf, start } from '../plant.ts'
import { bodiesOf, inOrder, type Body } from './bodies.ts'

const nothing: Observed = { ...observedOf({ conversations: [] }), endpoints: [], bindings: [] }
const span = { first: start, last: start + 1000 }

/** Three hosts of 198.18.1.0/24 and three of their neighbours' Ethernet addresses. */
const mac = (last: string): string => `00:1b:1b:00:00:${last}`

/** `mac ip` or `mac ip claims packets`, packets being 10 and claims 0 when absent. */
const bindingOf = (text: string): Binding => {
  const [of = '', ip = '', claims = '0', packets = '10'] = text.split(' ')
  return { ...span, vlan: 0, mac: of.length === 2 ? mac(of) : of, ip, packets: Number(packets), claims: Number(claims) }
}

/** `address` or `address sent received`, 10 each when absent. */
const endpointOf = (text: string): Endpoint => {
  const [address = '', sent = '10', received = '10'] = text.split(' ')
  const [sentBytes, receivedBytes] = [Number(sent) * 80, Number(received) * 80]
  return { ...span, vlan: 0, address, sent: Number(sent), received: Number(received), sentBytes, receivedBytes }
}

interface Seen {
  readonly bindings?: readonly string[]
  readonly endpoints?: readonly string[]
  readonly facts?: readonly Fact[]
  readonly more?: Partial<Observed>
}

/** Endpoints are those of the bindings unless others are given. */
const observed = ({ bindings = [], endpoints, facts = [], more = {} }: Seen): Observed => {
  const bound = bindings.map(bindingOf)
  const addresses = endpoints ?? [...new Set(bound.flatMap((one) => [one.mac, one.ip]))]
  return { ...nothing, bindings: bound, endpoints: addresses.map(endpointOf), facts, ...more }
}

const shown = ({ ips, macs, behind, router, conflicts }: Body): string =>
  [
    ips.join('+') || '-',
    macs.map((one) => (one.startsWith('00:1b:1b:00:00:') ? one.slice(-2) : one)).join('+') || '-',
    ...(behind === undefined ? [] : [`behind ${behind.slice(-2)}`]),
    ...(router === undefined ? [] : ['router']),
    ...(conflicts.length === 0 ? [] : ['conflict']),
  ].join(' ')

const many6 = Array.from({ length: 9 }, (_, i) => `fd00:198:18::${i + 1}`)
const five = Array.from({ length: 5 }, (_, i) => `01 203.0.113.${i + 1}`)

const rows: readonly (readonly [name: string, seen: Seen, bodies: readonly string[]])[] = [
  ['an IP address with its Ethernet address is one device', { bindings: ['01 198.18.1.1 1'] }, ['198.18.1.1 01']],
  [
    'IPv4, IPv6 and link-local addresses of one Ethernet address are one device',
    { bindings: ['01 198.18.1.1', '01 fd00:198:18::1', '01 fe80::1'] },
    ['198.18.1.1+fd00:198:18::1+fe80::1 01'],
  ],
  [
    'addresses of two networks that were both claimed are one host',
    { bindings: ['01 198.18.1.1 2', '01 100.64.0.1 3'] },
    ['100.64.0.1+198.18.1.1 01'],
  ],
  [
    'many IPv6 addresses of one network are one host that likes its privacy',
    { bindings: many6.map((ip) => `01 ${ip}`) },
    [`${many6.join('+')} 01`],
  ],
  [
    'an Ethernet address that carries many addresses is a router, and they are behind it',
    { bindings: ['01 198.18.1.254 1', ...five] },
    ['198.18.1.254 01 router', ...[1, 2, 3, 4, 5].map((i) => `203.0.113.${i} - behind 01`)],
  ],
  [
    'one address of another network is behind a router when packets go both ways',
    { bindings: ['01 198.18.1.254 1', '01 203.0.113.1'] },
    ['198.18.1.254 01 router', '203.0.113.1 - behind 01'],
  ],
  [
    'one address of another network that only sends is another of the host',
    {
      bindings: ['01 198.18.1.20 1', '01 203.0.113.1'],
      endpoints: [mac('01'), '198.18.1.20', '203.0.113.1 10 0'],
    },
    ['198.18.1.20+203.0.113.1 01'],
  ],
  [
    'a virtual Ethernet address of VRRP is of a router however little it carries',
    { bindings: ['00:00:5e:00:01:0a 198.18.1.254 1'] },
    ['198.18.1.254 00:00:5e:00:01:0a router'],
  ],
  [
    'a device that says it is a router has what it did not claim behind it',
    {
      bindings: ['01 198.18.1.254 1', '01 198.18.1.7'],
      facts: [factOf({ name: 'role', value: 'router', address: '198.18.1.254' })],
    },
    ['198.18.1.7 - behind 01', '198.18.1.254 01 router'],
  ],
  [
    'a device that is seen on both sides of a router keeps its own Ethernet address',
    { bindings: ['01 198.18.1.1 1', '02 198.18.1.1', '02 198.18.1.254 1', '02 203.0.113.1', '02 203.0.113.2'] },
    ['198.18.1.1 01', '198.18.1.254 02 router', '203.0.113.1 - behind 02', '203.0.113.2 - behind 02'],
  ],
  [
    'two Ethernet addresses that claim one IP address are a conflict, and both are kept',
    { bindings: ['01 198.18.1.1 1', '02 198.18.1.1 1'] },
    ['198.18.1.1 01+02 conflict', '- 02'],
  ],
  [
    'somebody who claims addresses of others keeps only his own',
    {
      bindings: ['01 198.18.1.1 1', '02 198.18.1.2 1', '03 198.18.1.3 1', '03 198.18.1.1 9', '03 198.18.1.2 9'],
    },
    ['198.18.1.1 01+03 conflict', '198.18.1.2 02+03 conflict', '198.18.1.3 03'],
  ],
  [
    'somebody who puts himself between two others has neither of their addresses, though he alone claims them',
    {
      bindings: ['01 198.18.1.1', '02 198.18.1.2', '03 198.18.1.3', '03 198.18.1.1 99 0', '03 198.18.1.2 99 50'],
    },
    ['198.18.1.1 01+03 conflict', '198.18.1.2 02+03 conflict', '198.18.1.3 03'],
  ],
  ['an Ethernet address without IP is a device', { endpoints: [mac('05')] }, ['- 05']],
  [
    'groups, everybody and nobody are no devices',
    {
      endpoints: [
        '01:80:c2:00:00:0e',
        'ff:ff:ff:ff:ff:ff',
        '00:00:00:00:00:00',
        '0.0.0.0',
        '::',
        '224.0.0.5',
        'ff02::1',
        '255.255.255.255',
      ],
      bindings: ['01 0.0.0.0 1'],
    },
    [],
  ],
  [
    'the last address of a network is no device when it was sent to as broadcast',
    {
      endpoints: ['198.18.1.255 0 5', '198.18.2.255 0 5', '198.18.3.255 2 5', '198.18.1.10 0 5'],
      more: {
        conversations: ['198.18.1.255', '198.18.3.255', '198.18.1.10'].map((server) =>
          conversationOf({ server, cast: 'broadcast', clientMacs: [], serverMacs: ['ff:ff:ff:ff:ff:ff'] }),
        ),
      },
    },
    ['198.18.1.10 -', '198.18.2.255 -', '198.18.3.255 -'],
  ],
  [
    'a probe for a link-local address is no device, and one in use leads to its Ethernet address',
    { bindings: ['01 169.254.3.4 2 0', '02 169.254.3.5 1 9', '03 169.254.3.6 1 9', '03 198.18.1.3 1'] },
    ['169.254.3.5 02', '198.18.1.3 03', '- 01'],
  ],
  [
    'an address that was only spoken to is a device of its own',
    { bindings: ['01 198.18.1.1 1'], endpoints: ['198.18.1.1', mac('01'), '198.18.1.9 0 3'] },
    ['198.18.1.1 01', '198.18.1.9 -'],
  ],
  [
    'an address of another network that never answered is behind the router that it was sent to',
    {
      bindings: ['01 198.18.1.254 1'],
      endpoints: ['198.18.1.254', mac('01'), '203.0.113.9 0 3'],
      more: { conversations: [conversationOf({ server: '203.0.113.9', serverMacs: [mac('01')], clientMacs: [] })] },
    },
    ['198.18.1.254 01 router', '203.0.113.9 - behind 01'],
  ],
  [
    'where only one direction was captured, who was spoken to has the Ethernet address it was sent to at',
    {
      endpoints: ['198.18.2.70', '198.18.1.10 0 9', mac('10')],
      more: { conversations: [conversationOf({ serverMacs: [mac('10')], clientMacs: [] })] },
    },
    ['198.18.1.10 10', '198.18.2.70 -'],
  ],
  [
    'an Ethernet address that tells its IP address has it, when nobody else does',
    { endpoints: [mac('05')], facts: [factOf({ name: 'ip', value: '198.18.1.5', address: mac('05') })] },
    ['198.18.1.5 05'],
  ],
  [
    'a port of a switch belongs to the address that it tells, when it is next to its Ethernet address',
    {
      bindings: ['05 198.18.1.5 1'],
      endpoints: ['198.18.1.5', mac('05'), mac('07')],
      facts: [factOf({ name: 'ip', value: '198.18.1.5', address: mac('07') })],
    },
    ['198.18.1.5 05+07'],
  ],
  [
    'a port of a switch belongs to the Ethernet address that it tells, when it is next to it',
    {
      bindings: ['05 198.18.1.5 1'],
      endpoints: ['198.18.1.5', mac('05'), mac('07'), '02:00:00:00:00:66'],
      facts: [mac('07'), '02:00:00:00:00:66'].map((address) => factOf({ name: 'mac', value: mac('05'), address })),
    },
    ['198.18.1.5 05+07', '- 02:00:00:00:00:66'],
  ],
  [
    'nobody takes the address of another by telling it',
    {
      bindings: ['05 198.18.1.5 1'],
      endpoints: ['198.18.1.5', mac('05'), '02:00:00:00:00:66'],
      facts: [factOf({ name: 'ip', value: '198.18.1.5', address: '02:00:00:00:00:66' })],
    },
    ['198.18.1.5 05', '- 02:00:00:00:00:66'],
  ],
]

describe('the addresses of devices:', () => {
  for (const [name, seen, expected] of rows)
    test(name, () => {
      assert.deepEqual(inOrder(bodiesOf(observed(seen)).list).map(shown), expected)
    })

  test('one address in two VLANs is two devices', () => {
    const two = observed({ bindings: ['01 198.18.1.1 1'] })
    const other = { ...two.bindings[0]!, vlan: 20 }
    const { list } = bodiesOf({ ...two, bindings: [...two.bindings, other] })
    assert.deepEqual(
      list.map((body) => [body.vlan, body.ips]),
      [
        [0, ['198.18.1.1']],
        [20, ['198.18.1.1']],
      ],
    )
  })

  test('a device that was replaced is told from two at the same time', () => {
    const seen = observed({ bindings: ['01 198.18.1.1 1', '02 198.18.1.1 1'] })
    const later = seen.bindings.map((one, i) => ({ ...one, first: one.first + i * 5000, last: one.last + i * 5000 }))
    const textOf = (bindings: readonly Binding[]) =>
      inOrder(bodiesOf({ ...seen, bindings }).list)[0]?.conflicts[0]?.text
    assert.equal(textOf(seen.bindings), `198.18.1.1 is at ${mac('01')} and at ${mac('02')} at the same time`)
    assert.equal(
      textOf(later),
      `198.18.1.1 was at ${mac('01')} until 2026-03-02T06:00:01Z and is at ${mac('02')} since 2026-03-02T06:00:05Z`,
    )
  })
})
