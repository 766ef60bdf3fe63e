/** Decoys that speak S7comm, IEC 60870-5-104 and DNP3, as tools of others read them: nmap, nodes7 and tshark. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import NodeS7 from 'nodes7'
import type { Identity } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { processOf } from '#decoy/process.ts'
import { runIp } from '#linux/ip.ts'
import { longestFrame, putFrame } from '#protocols/dnp3/link.ts'
import { dnp3Rtu } from '#protocols/personas/dnp3-rtu.ts'
import { iec104Gateway } from '#protocols/personas/iec104-gateway.ts'
import { siemensS71200 } from '#protocols/personas/siemens-s7-1200.ts'
import { siemensS71500 } from '#protocols/personas/siemens-s7-1500.ts'
import { bytesOf } from '#protocols/reading.ts'
import { identityAt, servePersona, type Served } from '../fixtures/decoy.ts'

const run = promisify(execFile)
/** An outstation says nothing to what is no DNP3, and nmap waits for each of its probes. */
const long = process.env['BULKHEAD_TEST'] === 'long'
const ports = long ? '102,2404,20000' : '102,2404'
const services = ['s7comm', 'iec104', 'dnp3']

/** Time of all decoys: it stands still unless a test moves it, so that what was read can be compared with the process. */
let at = Date.UTC(2026, 10, 26, 12)
const decoys: readonly (readonly [Persona, Identity])[] = [
  [siemensS71200, identityAt('198.18.5.1', { name: 'PLC-04A1C7', serial: 'S C-B1X312092017', seed: 112_233 })],
  [siemensS71500, identityAt('198.18.5.2', { name: 'CPU-77F0E2', serial: 'S C-K9P108842019', seed: 445_566 })],
  [iec104Gateway, identityAt('198.18.5.3', { name: 'MGate5114-40217', serial: 'TBBHB1042117', seed: 778_899 })],
  [dnp3Rtu, identityAt('198.18.5.4', { name: 'SEL2411-0417', serial: '1182640937', seed: 998_877 })],
]
const [, compact] = decoys[0] ?? assert.fail()
const [, modular] = decoys[1] ?? assert.fail()
const [, gateway] = decoys[2] ?? assert.fail()
const [, rtu] = decoys[3] ?? assert.fail()
const percent = ({ seed }: Identity, point: number, time = at): number => processOf(seed).analog(point, time)

let served: Served[] = []
let folder = ''
let scans: Promise<string[]>
/** Ends the capture and gives the file. */
let captured: () => Promise<string>

const nmap = async (...words: string[]): Promise<string> => (await run('nmap', ['-Pn', '-n', ...words])).stdout

before(async () => {
  for (const [, { address }] of decoys) await runIp(['address', 'add', `${address}/32`, 'dev', 'lo'])
  served = await Promise.all(
    decoys.map(([persona, identity]) => servePersona(persona, identity, { services, now: () => at })),
  )
  folder = await mkdtemp('/tmp/decoy-')
  const file = join(folder, 'lo.pcap')
  const capture = spawn('dumpcap', ['-q', '-P', '-i', 'lo', '-w', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(capture, 'exit')
  await new Promise<void>((resolve, reject) => {
    let said = ''
    capture.stderr.on('data', (text: Buffer) => {
      said += text.toString()
      if (said.includes('File:')) resolve()
    })
    capture.once('exit', () => reject(new Error(`dumpcap: ${said}`)))
  })
  captured = async () => {
    // It is handed packets some of a second after they were there.
    await setTimeout(500)
    capture.kill('SIGINT')
    await ended
    return file
  }
})
/** Most of a scan is waiting, so it goes on beside the tests. */
before(() => {
  scans = Promise.all(
    decoys.map(async ([, { address }]) => nmap('-sV', '--version-intensity', '0', '-p', ports, address)),
  )
  scans.catch(() => {})
})
after(async () => {
  await Promise.all(served.map((each) => each.close()))
  await rm(folder, { recursive: true, force: true })
})

/** What a script printed, line by line. */
const printed = (output: string): string[] =>
  output.split('\n').flatMap((line) => (/^\|[ _]/.test(line) ? [line.slice(2).trim()] : []))

const read = async (identity: Identity, names: readonly string[]): Promise<Record<string, unknown>> => {
  const client = new NodeS7({ silent: true })
  await new Promise<void>((resolve, reject) =>
    client.initiateConnection({ host: identity.address, port: 102, rack: 0, slot: 1, timeout: 2000 }, (error) =>
      error === undefined ? resolve() : reject(new Error('nodes7 did not connect', { cause: error })),
    ),
  )
  client.addItems(names)
  const values = await new Promise<Record<string, unknown>>((resolve, reject) =>
    client.readAllItems((bad, found) => (bad === true ? reject(new Error(JSON.stringify(found))) : resolve(found))),
  )
  await new Promise<void>((resolve) => client.dropConnection(resolve))
  return values
}

/** Says each of these when the one before was answered, over a connection of its own. */
const tell = async (identity: Identity, port: number, requests: readonly Uint8Array[]): Promise<void> => {
  const socket = connect(port, identity.address)
  await once(socket, 'connect')
  for (const request of requests) {
    socket.write(request)
    await once(socket, 'data', { signal: AbortSignal.timeout(2000) })
  }
  socket.destroy()
}
const dnp3 = (fragment: string): Uint8Array => {
  const data = bytesOf(`c0${fragment}`)
  const out = new Uint8Array(longestFrame)
  return out.slice(0, putFrame(out, 0xc4, 10, 1, data, data.length))
}
const classes = dnp3('c0 01 3c0206 3c0306 3c0406 3c0106')

suite('decoys that speak S7comm, IEC 60870-5-104 and DNP3', () => {
  const controllers: readonly (readonly [Persona, Identity, string, string])[] = [
    [siemensS71200, compact, '6ES7 214-1AG40-0XB0', '=A33+C2'],
    [siemensS71500, modular, '6ES7 511-1AK02-0AB0', '=B66+S5'],
  ]
  for (const [persona, identity, order, plant] of controllers)
    test(`nmap s7-info prints what ${persona.id} claims, and nothing else`, async () => {
      const output = await nmap('-p', '102', '--script', 's7-info', identity.address)
      assert.deepEqual(printed(output), [
        's7-info:',
        `Module: ${order}`,
        `Basic Hardware: ${order}`,
        `Version: ${persona.firmware.slice(1)}`,
        `System Name: ${identity.name}`,
        `Module Type: ${persona.model}`,
        `Serial Number: ${identity.serial}`,
        `Plant Identification: ${plant}`,
        'Copyright: Original Siemens Equipment',
      ])
      assert.doesNotMatch(output, /ERROR/)
    })

  test('nmap iec-identify prints the address and all points of the gateway', async () => {
    const output = await nmap('-p', '2404', '--script', 'iec-identify', gateway.address)
    assert.deepEqual(printed(output), ['iec-identify:', 'ASDU address: 3', 'Information objects: 26'])
    assert.doesNotMatch(output, /ERROR/)
  })

  for (const [persona, identity] of [
    [siemensS71200, compact],
    [siemensS71500, modular],
  ] as const)
    test(`nodes7 reads values of ${persona.id} that are those of its process, and others later`, async () => {
      const max = persona.id === 'siemens-s7-1200' ? 120 : 150
      const names = ['DB1,REAL0', 'DB1,REAL8', 'DB1,INT12', 'DB1,X14.0', 'I0.0', 'DB1,DINT16']
      const first = await read(identity, names)
      const check = (values: Record<string, unknown>): void => {
        const open = processOf(identity.seed).digital(0, at)
        assert.equal(values['DB1,REAL0'], Math.fround(percent(identity, 0)))
        assert.equal(values['DB1,REAL8'], Math.fround((percent(identity, 2) / 100) * max))
        assert.equal(values['DB1,INT12'], Math.round(percent(identity, 0) * 10))
        assert.equal(values['DB1,X14.0'], open)
        assert.equal(values['I0.0'], open)
        assert.equal(values['DB1,DINT16'], Math.round(percent(identity, 3) * 360))
      }
      check(first)
      at += 20_000
      const later = await read(identity, names)
      check(later)
      assert.notEqual(first['DB1,REAL0'], later['DB1,REAL0'])
    })

  test('nmap -sV names no honeypot and no vendor but their own', async () => {
    const output = (await scans).join('\n')
    assert.match(output, /102\/tcp +open +iso-tsap/)
    assert.match(output, /2404\/tcp +open +iec-104/)
    if (long) assert.match(output, /20000\/tcp +open +dnp/)
    assert.doesNotMatch(output, /honey|conpot|cowrie|dionaea|tcpwrapped|unrecognized/i)
    const named = [...output.matchAll(/^\d+\/tcp +open +\S+ +(.+)$/gm)].map(([, version]) => version)
    assert.deepEqual(new Set(named.filter((version) => version !== 'Siemens S7 PLC')), new Set())
  })

  test('tshark reads what they said without a fault, and values that moved', async () => {
    const interrogation = bytesOf('680e0000000064010600030000000014')
    const command = bytesOf('680e02000a002d01060003 00e9030001'.replaceAll(' ', ''))
    const asked = dnp3('c1 01 00fc000000 00fa000000 00f2000000 00f8000000')
    const select = dnp3('c2 03 0c0128010003004101640000006400000000')
    const operate = dnp3('c3 04 0c0128010003004101640000006400000000')
    await tell(gateway, 2404, [bytesOf('680443000000'), bytesOf('680407000000'), interrogation, command])
    await tell(rtu, 20_000, [classes, asked, select, operate])
    const moments = [at, at + 20_000]
    at += 20_000
    await tell(gateway, 2404, [bytesOf('680407000000'), interrogation])
    await tell(rtu, 20_000, [classes])
    const udp = createSocket('udp4')
    udp.send(classes, 20_000, rtu.address)
    await once(udp, 'message', { signal: AbortSignal.timeout(2000) })
    udp.close()
    assert.deepEqual(
      served.flatMap(({ thrown }) => thrown),
      [],
    )
    const file = await captured()
    const ask = async (filter: string, ...fields: string[]): Promise<string[][]> => {
      const words = ['-n', '-r', file, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
      return (await run('tshark', words)).stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split('\t'))
    }
    const ours = '(tcp.srcport in {102, 2404, 20000} || udp.srcport == 20000)'
    // What nmap sends is no message; what they said must be.
    assert.deepEqual(
      await ask(
        `${ours} && (tcp.len > 0 || udp) && (_ws.malformed || (_ws.expert.severity >= 0x600000 && !tcp.analysis.flags))`,
        'frame.number',
        '_ws.expert.message',
      ),
      [],
    )
    const there = await ask(`${ours} && (s7comm || iec60870_104 || dnp3)`, '_ws.col.Protocol')
    assert.deepEqual(new Set(there.flat()), new Set(['S7COMM', 'IEC 60870-5 ASDU', 'IEC 60870-5-104', 'DNP 3.0']))
    const reports = `ip.src == ${gateway.address} && iec60870_asdu.typeid == 13 && iec60870_asdu.causetx == 20`
    const floats = await ask(reports, 'iec60870_asdu.float')
    // As tshark prints them.
    const shown = (value: number) => Number(Math.fround(value).toPrecision(6))
    const numbers = (row: readonly string[] | undefined) => (row?.[0] ?? '').split(',').map(Number)
    assert.deepEqual(
      [numbers(floats.at(-2)), numbers(floats.at(-1))],
      moments.map((time) => [0, 1, 2, 3, 4, 5].map((point) => shown(percent(gateway, point, time)))),
    )
    const analogs = await ask(`ip.src == ${rtu.address} && dnp3.al.ana.int`, 'dnp3.al.ana.int')
    const [first = 0, second = 0] = moments
    assert.deepEqual(
      analogs.map((row) => numbers(row).slice(0, 3)),
      [first, second, second].map((time) =>
        [
          [0, 100],
          [1, 40],
          [2, 12],
        ].map(([point = 0, factor = 0]) => Math.round(percent(rtu, point, time) * factor)),
      ),
    )
    const attributes = await ask(`ip.src == ${rtu.address} && dnp3.al.da.value`, 'dnp3.al.da.value')
    assert.deepEqual(attributes, [[[dnp3Rtu.vendor, dnp3Rtu.model, dnp3Rtu.firmware, rtu.serial].join(',')]])
    const indications = await ask(`ip.src == ${rtu.address} && dnp3.al.iin`, 'dnp3.al.iin', 'dnp3.al.ctrlstatus')
    assert.deepEqual(
      indications.map((row) => row.join(' ')),
      ['0x0000 ', '0x0000 ', '0x0000 0', '0x0000 0', '0x0000 ', '0x0000 '],
    )
  })
})
