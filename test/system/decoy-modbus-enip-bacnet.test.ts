/** Decoys of four models as scripts of scanners and independent clients see them, from a namespace of the scanner's own. */
import bacnet, { ObjectType, PropertyIdentifier } from '@bacnet-js/client'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import modbus from 'modbus-serial'
import { Controller, Structure, Tag } from 'st-ethernet-ip'
import { runIp } from '#linux/ip.ts'
import { personas } from '#protocols/personas/index.ts'
import { identityAt, servePersona, type Served } from '../fixtures/decoy.ts'

const run = promisify(execFile)
const scanner = 'scanner'
const at = {
  'modicon-m340': '198.18.7.40',
  'controllogix-1756': '198.18.7.41',
  'micrologix-1400': '198.18.7.42',
  'bacnet-controller': '198.18.7.43',
} as const
/** Time of the decoys, which the tests move. */
const clock = { at: Date.UTC(2026, 10, 26, 7) }
const later = (): void => void (clock.at += 7000)

const identityOf = (address: string) =>
  identityAt(address, { serialNumber: 0x4a3b0000 + Number(address.slice(-2)), seed: Number(address.slice(-2)) })
const served: Served[] = []

/** What nmap prints of the ports, from below its table's head to the end of the last script. */
const nmap = async (address: string, ...args: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await run('ip', ['netns', 'exec', scanner, 'nmap', '-Pn', '-n', ...args, address])
  assert.equal(stderr, '')
  assert.doesNotMatch(stdout, /ERROR|honeypot|conpot|cowrie|dionaea/i)
  return /^PORT.*\n([^]*?)\n(MAC Address|\n|Nmap done)/m.exec(stdout)?.[1] ?? stdout
}

suite('decoys that speak Modbus, EtherNet/IP and BACnet', { concurrency: true }, () => {
  before(async () => {
    await runIp(['netns', 'add', scanner])
    await runIp(['link', 'add', 'plant', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', scanner])
    await runIp(['addr', 'add', '198.18.7.1/24', 'dev', 'plant'])
    for (const address of Object.values(at)) await runIp(['addr', 'add', `${address}/24`, 'dev', 'plant'])
    await runIp(['link', 'set', 'plant', 'up'])
    await runIp(['-n', scanner, 'addr', 'add', '198.18.7.130/24', 'dev', 'eth0'])
    await runIp(['-n', scanner, 'link', 'set', 'eth0', 'up'])
    for (const [id, address] of Object.entries(at)) {
      const persona = personas[id]
      assert.ok(persona)
      const services = ['modbus', 'enip', 'bacnet']
      served.push(await servePersona(persona, identityOf(address), { services, now: () => clock.at }))
    }
  })
  after(async () => {
    for (const one of served) await one.close()
    await runIp(['netns', 'del', scanner])
    assert.deepEqual(
      served.flatMap(({ thrown }) => thrown),
      [],
    )
  })

  test('modbus-discover prints vendor, model and firmware of the M340', async () => {
    assert.equal(
      await nmap(at['modicon-m340'], '-p502', '--script', 'modbus-discover'),
      [
        '502/tcp open  modbus',
        '| modbus-discover: ',
        '|   sid 0x1: ',
        '|     Slave ID data: \\x01\\xFFBMX P34 2020',
        '|_    Device identification: Schneider Electric BMX P34 2020 v2.9',
      ].join('\n'),
    )
  })

  const enipInfo = (port: string, address: string, lines: readonly string[]) =>
    [
      `${port} open  EtherNet-IP-2`,
      '| enip-info: ',
      ...lines.map((line) => `|   ${line}`),
      `|_  deviceIp: ${address}`,
    ].join('\n')
  const adapter = (serial: string) => [
    'type: Communications Adapter (12)',
    'vendor: Rockwell Automation/Allen-Bradley (1)',
    'productName: 1756-EN2T/D',
    `serialNumber: ${serial}`,
    'productCode: 166',
    'revision: 10.7',
    'status: 0x0030',
    'state: 0x03',
  ]
  test('enip-info prints the identity of the ControlLogix, over TCP and UDP', async () => {
    const address = at['controllogix-1756']
    const script = ['-p44818', '--script', 'enip-info']
    const [tcp, udp] = await Promise.all([nmap(address, ...script), nmap(address, '-sU', ...script)])
    assert.equal(tcp, enipInfo('44818/tcp', address, adapter('0x4a3b0029')))
    assert.equal(udp, enipInfo('44818/udp', address, adapter('0x4a3b0029')))
  })
  test('enip-info prints the identity of the MicroLogix', async () => {
    const address = at['micrologix-1400']
    const lines = [
      'type: Programmable Logic Controller (14)',
      'vendor: Rockwell Automation/Allen-Bradley (1)',
      'productName: 1766-L32BXBA B/15.00',
      'serialNumber: 0x4a3b002a',
      'productCode: 90',
      'revision: 2.15',
      'status: 0x0004',
      'state: 00',
    ]
    assert.equal(await nmap(address, '-p44818', '--script', 'enip-info'), enipInfo('44818/tcp', address, lines))
  })
  test('bacnet-info prints nine properties of the building controller', async () => {
    assert.equal(
      await nmap(at['bacnet-controller'], '-sU', '-p47808', '--script', 'bacnet-info'),
      [
        '47808/udp open  bacnet',
        '| bacnet-info: ',
        '|   Vendor ID: Reliable Controls Corporation (35)',
        '|   Vendor Name: Reliable Controls Corporation',
        `|   Object-identifier: ${0x4a3b002b % 4_194_303}`,
        '|   Firmware: 2.19.1',
        '|   Application Software: 8.31.2',
        '|   Object Name: LINE3-PLC7',
        '|   Model Name: MACH-ProWebCom',
        '|   Description: Air handling unit',
        '|_  Location: Plant room',
      ].join('\n'),
    )
  })

  for (const [id, ports, wanted] of [
    ['modicon-m340', ['-p502'], '502/tcp open mbap?'],
    ['controllogix-1756', ['-p44818'], '44818/tcp open EtherNetIP-2?'],
    ['micrologix-1400', ['-p44818'], '44818/tcp open EtherNetIP-2?'],
  ] as const)
    // The name of the port alone, from nmap's own list: no probe of its drew an answer.
    test(`a version scan finds nothing but the port of ${id}`, async () => {
      const found = await nmap(at[id], '-sV', '--version-light', ...ports)
      assert.equal(found.trimEnd().replaceAll(/ +/g, ' '), wanted)
    })

  test('mbpoll and modbus-serial read values that move, and writes they remember', async () => {
    const host = at['modicon-m340']
    const poll = async (): Promise<readonly string[]> => {
      const args = ['-m', 'tcp', '-a', '1', '-0', '-1', '-c', '4', '-t', '4', '-r', '0', host]
      const { stdout } = await run('ip', ['netns', 'exec', scanner, 'mbpoll', ...args])
      return [...stdout.matchAll(/^\[\d+\]:\s+(\d+)/gm)].map(([, value = '']) => value)
    }
    const client = new modbus.default()
    client.setID(255)
    client.setTimeout(3000)
    await client.connectTCP(host, { port: 502 })
    const [first, firstRead] = [await poll(), (await client.readHoldingRegisters(0, 4)).data]
    later()
    const [second, secondRead] = [await poll(), (await client.readInputRegisters(0, 4)).data]
    assert.equal(first.length, 4)
    assert.notDeepEqual(first, second)
    assert.notDeepEqual(firstRead, secondRead)
    for (const value of secondRead) assert.ok(value >= 0 && value <= 20_000)
    await client.writeRegisters(500, [11, 12])
    await client.writeCoil(100, true)
    assert.deepEqual((await client.readHoldingRegisters(500, 2)).data, [11, 12])
    assert.equal((await client.readCoils(100, 1)).data[0], true)
    const { data } = await client.readDeviceIdentification(3, 0)
    assert.deepEqual(Object.values(data), ['Schneider Electric', 'BMX P34 2020', 'v2.9'])
    await assert.rejects(client.readHoldingRegisters(1024, 1), /Illegal data address/i)
    await new Promise<void>((resolve) => client.close(() => resolve()))
  })

  for (const isConnected of [true, false])
    test(`st-ethernet-ip browses and reads the ControlLogix, ${isConnected ? 'connected' : 'unconnected'}`, async () => {
      const plc = new Controller(isConnected)
      plc.timeout_sp = 4000
      await plc.connect(at['controllogix-1756'], 0, false)
      await plc.readControllerProps()
      // The library waits four times as long for the list, and its timer outlives the answer.
      plc.timeout_sp = 1500
      await plc.getControllerTagList(plc.state.tagList)
      plc.timeout_sp = 4000
      const { name, version, run: running, faulted } = plc.properties
      assert.deepEqual([name, version, running, faulted], ['1756-L71/B LOGIX5571', '20.19', true, false])
      const read = async (tag: string): Promise<unknown> => {
        const one = new Tag(tag)
        await plc.readTag(one)
        return one.value
      }
      const first = [await read('Tank_Level'), await read('Batch_Count')]
      later()
      const second = [await read('Tank_Level'), await read('Batch_Count')]
      assert.notEqual(first[0], second[0])
      assert.notEqual(first[1], second[1])
      for (const value of [...first, ...second]) assert.ok(typeof value === 'number' && value >= 0 && value <= 20_000)
      assert.equal(typeof (await read('Inlet_Open')), 'boolean')
      const recipe = new Tag('Recipe_No')
      await plc.readTag(recipe)
      recipe.value = 7
      await plc.writeTag(recipe)
      assert.equal(await read('Recipe_No'), 7)
      const loop = new Structure('TIC_101', plc.state.tagList)
      await plc.readTag(loop)
      assert.deepEqual(Object.keys(loop.value), ['PV', 'SP', 'OUT', 'Mode'])
      await assert.rejects(read('Nope'))
      await plc.disconnect()
    })

  test('a BACnet client reads the wildcard device, its objects and values that move', async () => {
    const client = new bacnet.default({ interface: '198.18.7.1', port: 47_808, apduTimeout: 3000 })
    let heard = 0
    client.on('iAm', () => heard++)
    await new Promise<void>((resolve) => client.once('listening', () => resolve()))
    const device = { address: `${at['bacnet-controller']}:47808` }
    client.whoIs(device)
    const wildcard = { type: ObjectType.DEVICE, instance: 4_194_303 }
    const read = async (object: { type: number; instance: number }, property: number) =>
      (await client.readProperty(device, object, property)).values.map(({ value }) => value)
    assert.deepEqual(await read(wildcard, PropertyIdentifier.MODEL_NAME), ['MACH-ProWebCom'])
    const list = await read(wildcard, PropertyIdentifier.OBJECT_LIST)
    assert.equal(list.length, 12)
    const input = { type: ObjectType.ANALOG_INPUT, instance: 4 }
    const [first] = await read(input, PropertyIdentifier.PRESENT_VALUE)
    later()
    const [second] = await read(input, PropertyIdentifier.PRESENT_VALUE)
    assert.notEqual(first, second)
    for (const value of [first, second]) assert.ok(typeof value === 'number' && value >= 0 && value <= 100)
    const all = [{ objectId: input, properties: [{ id: PropertyIdentifier.ALL, index: 0xffff_ffff }] }]
    const { values } = await client.readPropertyMultiple(device, all)
    assert.ok((values[0]?.values.length ?? 0) >= 10)
    const written = [{ type: 4, value: 1 }]
    await assert.rejects(
      client.writeProperty(device, input, PropertyIdentifier.PRESENT_VALUE, written, {}),
      /BacnetError/,
    )
    await assert.rejects(client.reinitializeDevice(device, 0), /BacnetError/)
    assert.equal(heard, 0, 'nobody says I-Am')
    client.close()
  })
})
