/** Public captures under a policy that permits reads of their busiest server alone, against counts made without a simulation. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readCapture } from '#discover/sources/file.ts'
import { decodeFrame } from '#packet/decode.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { Site } from '#schema/site.ts'
import { capturesFolder, withoutCaptures } from '../../../test/fixtures/captures.ts'
import { policyAt, resultOf, Simulation, type Policy } from './index.ts'

const policyFor = (server: string): Policy => {
  const site = Site.parse({
    version: 1,
    site: 'public',
    edges: { edge: { bridge: 'br0', ports: { cell: { zones: ['line'] }, plant: { zones: ['rest'] } } } },
    zones: {
      line: { level: 1, networks: [`${server}/32`], mode: 'enforce' },
      rest: { level: 3, networks: ['0.0.0.0/0'], mode: 'enforce' },
    },
    assets: { server: { ips: [server], zone: 'line' } },
    conduits: [
      { id: 'reads', from: 'any', to: 'server', service: 'modbus', allow: ['read'] },
      { id: 'reads-of', from: 'server', to: 'any', service: 'modbus', allow: ['read'] },
    ],
  })
  const policy = policyAt(site, 'edge', 'as-written')
  if (policy === undefined) throw new Error('no such edge')
  return policy
}

const recordsOf = async (file: string): Promise<readonly CaptureRecord[]> => {
  const records: CaptureRecord[] = []
  await readCapture(
    join(capturesFolder, file),
    (record) => records.push(record.copy()),
    () => {},
  )
  return records
}

const busiest = (records: readonly CaptureRecord[]): string => {
  const counts = new Map<string, number>()
  for (const { bytes } of records) {
    const { dstIp, family, unicast } = decodeFrame(bytes)
    if (family === 4 && unicast) counts.set(dstIp, (counts.get(dstIp) ?? 0) + 1)
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''
}

const modbus = 'zeek-zeek/testing/btest/Traces/modbus'
const files = [
  `${modbus}/modbusBig.pcap`,
  `${modbus}/fuzz-72.pcap`,
  'ITI-ICS-Security-Tools/pcaps/ModbusTCP/mb2.pcap',
  'cisagov-icsnpp-s7comm/tests/traces/snap7.pcap',
]

describe('public captures', () => {
  const skip = withoutCaptures() ?? false
  for (const file of files)
    test(`${file} is judged to the packet`, { skip }, async () => {
      const records = await recordsOf(file)
      const server = busiest(records)
      const policy = policyFor(server)
      const simulation = new Simulation([policy.plan])
      simulation.begin(file)
      for (const record of records) simulation.record(record)
      simulation.end([])
      simulation.finish()
      const { packets, conversations, commands } = resultOf(simulation, [policy, undefined], 'as-written')

      const frames = records.map(({ bytes }) => decodeFrame(bytes)).filter(({ family }) => family === 4)
      const crossing = frames.filter(({ srcIp, dstIp }) => (srcIp === server) !== (dstIp === server))
      const passing = crossing.filter(({ sport, dport, proto }) => proto === 6 && (sport === 502 || dport === 502))
      const sum = (of: (one: (typeof conversations)[number]) => number) =>
        conversations.reduce((total, one) => total + (/^(tcp|udp|icmp|ip)/.test(one.service) ? of(one) : 0), 0)
      assert.equal(
        sum(({ outcome }) => outcome.permitted + outcome.denied),
        crossing.length,
      )
      assert.equal(
        sum(({ outcome }) => outcome.permitted),
        passing.length,
      )
      assert.ok(packets.judged >= crossing.length)

      for (const { protocol, risk, verdict, outcome } of commands) {
        const isRead = protocol === 'modbus' && risk === 'read'
        if (protocol === 'modbus') assert.equal(outcome.reason === undefined, isRead && verdict === 'permitted')
        else assert.deepEqual([verdict, outcome.reason], ['denied', 'conversation-denied'])
      }
      assert.ok(commands.length > 0)
    })
})
