import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Kind } from '../model.ts'
import { addresses, factOf, macs, start } from '../plant.ts'
import { concluded, deviceOf, plantDevices, signOf } from './example.ts'
import { between, cloud, ids, office, plain, plant, routed, sends, server, type Plant } from './example-findings.ts'

const { hmi, plcA, plcB, ews } = plantDevices

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
